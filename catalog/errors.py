"""The one family of errors that the catalog raises for people to read."""


class CatalogError(Exception):
    """Something about the catalog failed; the message says what, to which thing, and what to do next."""
