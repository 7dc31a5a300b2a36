"""Names of variants: a model's name, a colon, and what tells the variant, such as "acme/tiny-GGUF:q8_0"."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def split(name: str) -> tuple[str, str]:
    """Return a model's name and the variant that a name ends with, empty if with none."""
    model, colon, variant = name.rpartition(":")
    return (model, variant) if colon and model else (name, "")


def is_meant(variant: str, precision: str | None, runtime: str, files: Iterable[str]) -> bool:
    """Return whether a variant's name means weights of this precision, for this engine, or in this file."""
    return variant.casefold() in {each.casefold() for each in (precision, runtime, *files) if each}


def named_variants(models: Iterable[str], model: str) -> frozenset[str] | None:
    """Return which variants of a model are named in a list; None where the model is named as a whole, or not at all."""
    named = {variant for name in models for base, variant in (split(name),) if base == model and variant}
    return None if model in models or not named else frozenset(named)
