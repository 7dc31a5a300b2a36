"""The terminal session, driven as it is used."""
