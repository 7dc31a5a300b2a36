"""What a machine can hold: whether a model of the catalog fits into its memory, is here already, and how fast it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from advisor.engines.engine import ENCODER_WORKING_SHARE, GENERATOR_WORKING_SHARE, GENERATORS
from advisor.system import machine
from advisor.units import format_bytes, format_seconds, parse_size

# Of the memory: up to here a model fits with room for other programs, up to there alone.
EASILY, BARELY = 0.5, 0.9
THIS = "this machine"
SIZES = ("2 GB", "4 GB", "8 GB", "16 GB", "32 GB", "64 GB", "128 GB")
CARD = "a graphics card of "
CARDS = ("8 GB", "16 GB", "24 GB", "48 GB", "80 GB")
# Engines by which a model of either kind is timed, and how long an input of the middle size is.
GENERATOR, ENCODER, TOKENS = "llama.cpp", "sentence-transformers", 64
_NUMBER = re.compile(r"\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Place:
    """Where models are to run: this machine, or another that is thought of.

    Attributes:
        name: In words.
        memory_bytes: What a model can have at the most.
        is_here: Whether it is this machine.
        speed: Operations a second of one thread; None where nothing is known of it.
        threads: Used by a model.
    """

    name: str
    memory_bytes: int
    is_here: bool
    speed: float | None = None
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Fit:
    """How a model fits: a word with its sign, a colour of the theme, and what it is sorted by."""

    words: str
    colour: str
    rank: int


NOT_KNOWN = Fit("", "", 3)


def installed() -> frozenset[str]:
    """Return the names of the models on this disk that can be loaded; slow."""
    from advisor.candidates import installed  # brings the Hub's client in

    return frozenset(each.name for each in installed.find() if each.forms)


def here(speed: float) -> Place:
    """Return this machine.

    Args:
        speed: Operations a second of one of its threads.
    """
    looked = machine.look()
    return Place(THIS, looked.total_memory_bytes, is_here=True, speed=speed, threads=looked.threads)


def choices() -> list[tuple[str, str]]:
    """Return the other machines that can be thought of: by name, and as shown."""
    return [
        *((size, f"a machine with {size} of memory") for size in SIZES),
        *((CARD + size, f"{CARD}{size}") for size in CARDS),
    ]


def other(name: str) -> Place:
    """Return a machine by its memory, "8 GB", or that of its card; a number alone is gigabytes.

    Raises:
        ValueError: if it is no size.
    """
    card, size = (CARD if name.startswith(CARD) else ""), name.removeprefix(CARD).strip()
    size = f"{size} GB" if _NUMBER.fullmatch(size) else size
    return Place(f"{card or 'a machine with '}{size}", parse_size(size), is_here=False)


def needed(model: dict[str, Any]) -> int | None:
    """Return the bytes that a model takes to be served, None where its size is not known."""
    share = GENERATOR_WORKING_SHARE if model["family"] in GENERATORS else ENCODER_WORKING_SHARE
    return None if model["bytes"] is None else int(model["bytes"] * (1.0 + share))


def fit(model: dict[str, Any], place: Place, installed: frozenset[str]) -> Fit:
    """Return how a model of a search fits.

    Args:
        model: From the search's document.
        place: Where it is to run.
        installed: The names of the models on this disk.
    """
    is_installed, takes = place.is_here and model["id"] in installed, needed(model)
    if takes is None:
        return Fit("✓ here", "success", 0) if is_installed else Fit("?", "", 3)
    if takes > place.memory_bytes * BARELY:
        return Fit("✗ too big", "error", 4)
    if is_installed:
        return Fit("✓ here", "success", 0)
    return Fit("✓ fits", "success", 1) if takes <= place.memory_bytes * EASILY else Fit("~ tight", "warning", 2)


def lines(model: dict[str, Any], place: Place, installed: frozenset[str]) -> list[str]:
    """Return what a card says of a model on a machine."""
    takes = needed(model)
    found = [f"On {place.name}"]
    if takes is not None:
        words = fit(model, place, frozenset()).words
        found.append(f"  {words}: {format_bytes(takes)} of {format_bytes(place.memory_bytes)}")
    if place.is_here:
        found.append("  already here" if model["id"] in installed else f"  to download: {format_bytes(model['bytes'])}")
    if (pace := _pace(model, place)) is not None:
        found.append(f"  about {pace} (predicted)")
    return [*found, ""]


def _pace(model: dict[str, Any], place: Place) -> str | None:
    from advisor.candidates import predict  # which brings all engines' declarations in

    if place.speed is None or model["parameters"] is None:
        return None
    is_generator = model["family"] in GENERATORS
    engine = GENERATOR if is_generator else ENCODER
    computed = predict.computed_parameters(engine, model["parameters"]) or 0
    seconds = predict.seconds_per_token(engine, computed, place.threads, place.speed)
    if not seconds:
        return None
    return f"{1 / seconds:.3g} tokens a second" if is_generator else f"{format_seconds(seconds * TOKENS)} for 50 words"
