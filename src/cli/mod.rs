//! Arguments, views and exit codes.
