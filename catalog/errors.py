"""Errors that the catalog raises for people to read."""


class CatalogError(Exception):
    """A catalog operation failed; the message says what happened, to what, and what to do next."""


class CatalogOutOfReachError(CatalogError):
    """The Hub, or a place that stores a catalog, cannot be reached now; the current catalog stays in use."""


class CatalogInputError(CatalogError):
    """An argument or a named file is wrong; repeating the same call will not help."""
