"""How a server can fail those who ask it; the messages are for the user and hold no key."""

from __future__ import annotations


class ServerError(Exception):
    """A server did not answer as it should; the message is for the user."""


class OutOfReachError(ServerError):
    """It cannot be asked now, or not by us: nothing is learned about its model."""


class RefusedError(ServerError):
    """It refuses this request for what it holds: another may go well."""
