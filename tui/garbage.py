"""When garbage is collected: a look at everything takes 50 ms and more, which a key would wait for."""

import gc

# Python's own are 700, 10, 10: with those all objects are looked at after a few searches.
YOUNG, MIDDLE, OLD = 2_000, 10, 100


def hold() -> None:
    """Collect nothing: importing and composing make nothing that could be collected."""
    gc.disable()


def begin() -> None:
    """Begin to collect; what the start has made stays, and is not looked at again."""
    if not gc.isenabled():
        gc.set_threshold(YOUNG, MIDDLE, OLD)
        gc.freeze()
        gc.enable()


def keep() -> None:
    """Look no more at what is there by now: something large was loaded that stays."""
    if gc.isenabled():
        gc.freeze()
