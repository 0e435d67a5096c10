//! What an installation remembers: inventory, revisions, lock, in versioned stored forms.
