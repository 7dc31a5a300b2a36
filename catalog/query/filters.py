"""Hard constraints on model cards, and how each treats an unknown fact."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from catalog.card import ModelCard
from catalog.devices import devices
from catalog.languages import is_open

# Licences that allow commercial use and changes, and require at most credit or share-alike notices.
PERMISSIVE_LICENSES: Final = frozenset(
    {
        "apache-2.0", "mit", "bsd", "bsd-2-clause", "bsd-3-clause", "bsd-3-clause-clear", "isc", "zlib", "unlicense",
        "wtfpl", "cc0-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "artistic-2.0", "bsl-1.0", "ms-pl",
        "ncsa", "postgresql", "pddl", "odc-by", "ecl-2.0", "mpl-2.0", "afl-3.0", "0bsd",
    }
)  # fmt: skip
# Common spellings of the Hub's licence ids.
LICENSE_NAMES: Final = {
    "apache": "apache-2.0", "apache 2.0": "apache-2.0", "apache 2": "apache-2.0", "apache-2": "apache-2.0",
    "apache2": "apache-2.0",
}  # fmt: skip
# Says that any licence is fine, also one that forbids commercial use; as a constraint it excludes nothing.
ANY_LICENSE: Final = "any"
_NO_COMMERCE: Final = re.compile(r"(?:^|-)nc(?:$|-)|non-?commercial|research", re.IGNORECASE)


def forbids_commerce(license_id: str | None) -> bool:
    """Whether the name of a licence rules out commercial use."""
    return _NO_COMMERCE.search(license_id or "") is not None


def _lower(values: Iterable[str]) -> frozenset[str]:
    """A set in lower case; a single string counts as one value, not as its letters."""
    if isinstance(values, str):
        values = (values,)
    return frozenset(v.strip().lower() for v in values)


@dataclass(frozen=True, slots=True)
class Filters:
    """Constraints that a model must satisfy. An empty set or ``None`` is no constraint.

    An unknown size, parameter count, format, family or context length never passes a constraint on it. An
    unknown gate passes ``not_gated`` (most repositories are open; otherwise the download says so). Unknown licences and
    languages have flags. Devices are derived from formats and names, see ``catalog.devices``.
    """

    families: frozenset[str] = field(default_factory=frozenset)  # Hub pipeline tags; one must match.
    licenses: frozenset[str] = field(default_factory=frozenset)  # Hub licence ids; one must match.
    # ISO codes, all of which the model must serve; "multilingual" alone or with English passes.
    languages: frozenset[str] = field(default_factory=frozenset)
    max_parameters: int | None = None  # Upper limit of parameters.
    # Upper limit of the smallest weight file in bytes (in one of ``formats``, if given); unknown sizes are computed
    # from parameters and precision, see ``ModelCard.predicted_bytes``.
    max_bytes: int | None = None
    formats: frozenset[str] = field(default_factory=frozenset)  # Weight formats; one must match.
    min_context: int | None = None  # Tokens that the context must hold.
    # "cpu", "gpu" (CUDA), "mps" (Apple); each needs weights that run on it.
    devices: frozenset[str] = field(default_factory=frozenset)
    not_gated: bool = False  # Exclude repositories that ask for consent.
    allow_unknown_language: bool = True  # Whether a card without languages passes ``languages``.

    def __post_init__(self) -> None:
        """Accept any iterable of names, in any case."""
        for name in ("families", "licenses", "languages", "formats", "devices"):
            object.__setattr__(self, name, _lower(getattr(self, name)))
        object.__setattr__(self, "licenses", self.licenses - {ANY_LICENSE})

    def allows(self, card: ModelCard) -> bool:
        """Whether the card satisfies all constraints; the numpy columns of the index agree with this."""
        return (
            (not self.families or (card.family or "") in self.families)
            and (not self.licenses or (card.license or "").lower() in self.licenses)
            and self._language_allows(card)
            and (self.max_parameters is None or _at_most(card.parameters, self.max_parameters))
            and (self.max_bytes is None or _at_most(self._smallest(card), self.max_bytes))
            and (not self.formats or not self.formats.isdisjoint(card.formats))
            and (self.min_context is None or (card.context_length or 0) >= max(1, self.min_context))
            and (not self.devices or self.devices.issubset(devices(card)))
            and not (self.not_gated and card.gated is True)
        )

    def _language_allows(self, card: ModelCard) -> bool:
        if not self.languages:
            return True
        if not card.languages:
            return self.allow_unknown_language
        return is_open(card.languages) or self.languages.issubset(card.languages)

    def _smallest(self, card: ModelCard) -> int | None:
        if not self.formats:
            return card.predicted_bytes()
        sizes = [card.predicted_bytes(name) for name in self.formats]
        return min((size for size in sizes if size is not None), default=None)


def _at_most(value: int | None, limit: int) -> bool:
    return value is not None and value <= limit


NO_FILTERS: Final = Filters()
