"""Schedules garbage collection: a full collection takes 50 ms and more, which would delay a key."""

import gc

# Python's defaults are 700, 10, 10: those trigger a full collection after a few searches.
YOUNG, MIDDLE, OLD = 2_000, 10, 100


def hold() -> None:
    """Disable collection: importing and composing leave nothing to collect."""
    gc.disable()


def begin() -> None:
    """Enable collection; objects from the start are exempt."""
    if not gc.isenabled():
        gc.set_threshold(YOUNG, MIDDLE, OLD)
        gc.freeze()
        gc.enable()


def keep() -> None:
    """Exempt the present objects: something large was loaded that stays."""
    if gc.isenabled():
        gc.freeze()
