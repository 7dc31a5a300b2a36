"""The tags that models and people put before a label: B- and I- (BIO), with E- and S- (BIOES) or L- and U- (BILOU)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

OUTSIDE = frozenset({"O", "OUT", "OUTSIDE", "NONE", "_"})
_TAG = re.compile(r"([BIESLU])[-_](.+)", re.DOTALL)


class Tagged(NamedTuple):
    """A label: the tag before it, "" if it has none, and the kind of thing it names, None for what is outside."""

    tag: str
    kind: str | None


def split(label: str) -> Tagged:
    """Return a label's tag and kind, whatever other labels there are."""
    if label.upper() in OUTSIDE:
        return Tagged("", None)
    matched = _TAG.fullmatch(label)
    return Tagged(matched[1], matched[2]) if matched else Tagged("", label)


def bare(label: str) -> str:
    """Return a label without a B- or an I-, which are tags wherever they stand, in case an engine has left it there."""
    found = split(label)
    return found.kind if found.kind is not None and found.tag in ("B", "I") else label


def split_all(labels: Iterable[str]) -> dict[str, Tagged]:
    """Return each label's tag and kind, given all labels of a model.

    E-, S-, L- and U- are tags only where there is a B- or an I- of that kind: E-MAIL may be a label.
    """
    found = {label: split(label) for label in labels}
    begun = {each.kind for each in found.values() if each.tag in ("B", "I")}
    return {
        label: each if each.tag in ("", "B", "I") or each.kind in begun else Tagged("", label)
        for label, each in found.items()
    }


def without_tags(labels: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds that a model's labels name, each once, in their order; none for what is outside."""
    return tuple(dict.fromkeys(each.kind for each in split_all(labels).values() if each.kind is not None))
