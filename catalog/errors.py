"""The one family of errors that the catalog raises for people to read."""


class CatalogError(Exception):
    """Something about the catalog failed; the message says what, to which thing, and what to do next."""


class CatalogOutOfReachError(CatalogError):
    """The Hub, or a place where a catalog is kept, cannot be reached now; the present catalog stays in use."""


class CatalogInputError(CatalogError):
    """What was asked for, or the file that was named, is wrong; asking again in the same way will not help."""
