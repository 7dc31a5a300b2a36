"""What a machine can hold: whether a catalog's model fits into its memory, is installed, and how fast it is."""

import re
from dataclasses import dataclass, replace
from typing import Any

from advisor.engines.engine import ENCODER_WORKING_SHARE, GENERATOR_WORKING_SHARE, GENERATORS
from advisor.system import machine
from advisor.units import format_bytes, format_seconds, parse_size

# Shares of the memory: up to the first a model fits with other programs, up to the second alone.
EASILY, BARELY = 0.5, 0.9
THIS = "this machine"
SIZES = ("2 GB", "4 GB", "8 GB", "16 GB", "32 GB", "64 GB", "128 GB")
CARD = "a graphics card of "
CARDS = ("8 GB", "16 GB", "24 GB", "48 GB", "80 GB")
# Engines that time either kind of model, and the median length of an input.
GENERATOR, ENCODER, TOKENS = "llama.cpp", "sentence-transformers", 64
_NUMBER = re.compile(r"\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Place:
    """Where models would run: this machine, or a hypothetical one."""

    name: str  # In words.
    memory_bytes: int  # The most that a model can use.
    is_here: bool  # Whether it is this machine.
    speed: float | None = None  # Operations a second of one thread; None if unknown.
    threads: int = 1  # Used by a model.


@dataclass(frozen=True, slots=True)
class Fit:
    """How a model fits: a word with a sign, a theme colour, a sort key; and its predicted speed."""

    words: str
    colour: str
    rank: int
    seconds: float | None = None  # Predicted per token; None if machine or model are unknown.
    pace: str = ""  # The speed in words: a generator's tokens a second, else the time for 50 words.


NOT_KNOWN = Fit("", "", 3)


def installed() -> frozenset[str]:
    """Return the names of the installed models that can be loaded; slow."""
    from advisor.candidates import installed  # imports the Hub's client

    return frozenset(each.name for each in installed.find_installed() if each.forms)


def here(speed: float) -> Place:
    """Return this machine; `speed` is the operations a second of one of its threads."""
    looked = machine.measure_machine()
    return Place(THIS, looked.total_memory_bytes, is_here=True, speed=speed, threads=looked.threads)


def choices() -> list[tuple[str, str]]:
    """Return the hypothetical machines: name and label."""
    return [
        *((size, f"a machine with {size} of memory") for size in SIZES),
        *((CARD + size, f"{CARD}{size}") for size in CARDS),
    ]


def other(name: str, here: Place | None = None) -> Place:
    """Return a machine by its memory, "8 GB", or its card's; a plain number is in gigabytes.

    It is assumed to have this machine's processor; a card's speed is unknown. ValueError if the name is no size.
    """
    card, size = (CARD if name.startswith(CARD) else ""), name.removeprefix(CARD).strip()
    size = f"{size} GB" if _NUMBER.fullmatch(size) else size
    place = Place(f"{card or 'a machine with '}{size}", parse_size(size), is_here=False)
    return place if card or here is None else replace(place, speed=here.speed, threads=here.threads)


def needed(model: dict[str, Any]) -> int | None:
    """Return the bytes needed to serve a model, None if its size is unknown."""
    share = GENERATOR_WORKING_SHARE if model["family"] in GENERATORS else ENCODER_WORKING_SHARE
    return None if model["bytes"] is None else int(model["bytes"] * (1.0 + share))


def fit(model: dict[str, Any], place: Place, installed: frozenset[str]) -> Fit:
    """Return how a model found by a search fits a place; `installed` are the names of the models on this disk."""
    is_installed, takes = place.is_here and model["id"] in installed, needed(model)
    seconds = _seconds(model, place)
    if takes is not None and takes > place.memory_bytes * BARELY:
        found = ("✗ too big", "error", 4)
    elif is_installed:
        found = ("✓ here", "success", 0)
    elif takes is None:
        found = ("?", "", 3)
    else:
        found = ("✓ fits", "success", 1) if takes <= place.memory_bytes * EASILY else ("~ tight", "warning", 2)
    if not seconds:
        return Fit(*found)
    is_generator = model["family"] in GENERATORS
    return Fit(*found, seconds, f"{1 / seconds:.3g} tok/s" if is_generator else format_seconds(seconds * TOKENS))


def lines(model: dict[str, Any], place: Place, installed: frozenset[str]) -> list[str]:
    takes, shown = needed(model), fit(model, place, frozenset())
    found = [f"On {place.name}"]
    if takes is not None:
        found.append(f"  {shown.words}: {format_bytes(takes)} of {format_bytes(place.memory_bytes)}")
    if place.is_here:
        found.append("  already here" if model["id"] in installed else f"  to download: {format_bytes(model['bytes'])}")
    if shown.pace:
        found.append(f"  about {shown.pace}{'' if model['family'] in GENERATORS else ' for 50 words'} (predicted)")
    return [*found, ""]


def _seconds(model: dict[str, Any], place: Place) -> float | None:
    """Return the predicted seconds per token, None if too little is known."""
    from advisor.candidates import predict  # imports all engines' declarations

    if place.speed is None or model["parameters"] is None:
        return None
    engine = GENERATOR if model["family"] in GENERATORS else ENCODER
    computed = predict.computed_parameters(engine, model["parameters"]) or 0
    return predict.seconds_per_token(engine, computed, place.threads, place.speed)
