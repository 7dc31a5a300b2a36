"""Licences and languages by the names that models carry: a name that no model has is refused at once.

The usual names are known without a look-up; for others the catalog and the local models are searched once, which
takes a second.
"""

import difflib
import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from advisor.errors import one_line
from catalog import PERMISSIVE_LICENSES
from catalog.languages import NAMES, code
from catalog.query.filters import ANY_LICENSE, LICENSE_NAMES

_ANY = frozenset({ANY_LICENSE, "any licence", "any license"})
PERMISSIVE = frozenset({"commercial", "permissive"})
MULTILINGUAL = "multilingual"
MOST_MEANT = 3
_ALIKE = 0.6
_WORD = re.compile(r"\blicen[cs]e\b")


class Carried(NamedTuple):
    """The licences and languages of the known models."""

    licenses: frozenset[str]
    languages: frozenset[str]


def licenses_of(names: Iterable[str]) -> list[str]:
    """Return licences by their ids, without duplicates; "commercial" means those that allow it.

    ValueError if no model has a licence of that name; suggests the nearest.
    """
    found: list[str] = []
    for each in names:
        name = each.strip().lower()
        if name in PERMISSIVE:
            found += sorted(PERMISSIVE_LICENSES)
        else:
            found.append(ANY_LICENSE if name in _ANY else _license(name))
    return list(dict.fromkeys(found))


def languages_of(names: Iterable[str]) -> list[str]:
    """Return languages by their codes, without duplicates; given as names or codes, with or without a region.

    ValueError if no model has a language of that name; suggests the nearest.
    """
    return list(dict.fromkeys(_language(each) for each in names))


def _license(said: str) -> str:
    known = PERMISSIVE_LICENSES | _carried(said)
    plain = " ".join(_WORD.sub(" ", said).split()) or said
    for name in (said, plain, plain.replace(" ", "-")):
        if (found := LICENSE_NAMES.get(name, name)) in known:
            return found
    # Prefix matches come first: "gpl" is far from "gpl-3.0", which is twice as long.
    begin = sorted(each for each in known if each.startswith(re.split(r"[- ]", plain)[0][:20]))
    near = list(dict.fromkeys([*begin[:MOST_MEANT], *_near(plain, known)]))[:MOST_MEANT]
    listed = f"did you mean {', '.join(near)}?" if near else 'write its id, e.g. apache-2.0, or "commercial"'
    raise ValueError(f"no known model has the licence {one_line(said, 60)!r}; {listed}")


def _carried(name: str) -> frozenset[str]:
    """Return the licences that models carry; nothing is read if the name is a usual one."""
    return frozenset() if LICENSE_NAMES.get(name, name) in PERMISSIVE_LICENSES else carried().licenses


def _language(said: str) -> str:
    iso = code(said)
    if iso is not None and (iso in NAMES or iso == MULTILINGUAL or iso in carried().languages):
        return iso
    by_name = {name.casefold(): f"{known} ({name})" for known, name in NAMES.items()}
    near = [by_name[each] for each in _near(said.casefold(), by_name)]
    listed = f"did you mean {', '.join(near)}?" if near else "write its name in English, or its ISO 639-1 code, e.g. de"
    raise ValueError(f"no known model has the language {one_line(said, 60)!r}; {listed}")


def _near(name: str, known: Iterable[str]) -> list[str]:
    return difflib.get_close_matches(name[:100], list(known), MOST_MEANT, _ALIKE)


@cache
def carried() -> Carried:
    """Return the names that models carry, in the catalog and on this disk."""
    from advisor.candidates import installed
    from catalog import open_catalog

    licenses, languages = set[str](), set[str]()
    with open_catalog() as catalog:
        for card in catalog.cards():
            licenses.add((card.license or "").lower())
            languages.update(card.languages)
    for model in installed.find_installed():
        licenses.add((model.facts.license or "").lower())
        languages.update(each.lower() for each in model.facts.languages or ())
    return Carried(frozenset(licenses - {""}), frozenset(languages))
