//! Laws of server-side apply, tried on many objects.
