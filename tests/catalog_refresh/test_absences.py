"""Models that a Hub lacks: dropped when they are few, kept and told of when it may be a mirror of a part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.catalog_refresh.conftest import FAMILIES

if TYPE_CHECKING:
    from tests.catalog_refresh.conftest import Here
    from tests.local_hub import LocalHub

SCOPE = ("--top", "60", *(part for family in FAMILIES for part in ("--family", family)))


def vanish(hub: LocalHub, count: int) -> list[str]:
    """Let the most used models go; return their ids."""
    names = sorted((record["id"] for record in hub.records.all()), key=lambda name: name[-4:])[:count]
    for name in names:
        hub.records.vanish(name)
    return names


def thrice(here: Here, *arguments: str) -> list[dict[str, object]]:
    """Refresh as often as it takes until an absence counts."""
    return [here.refresh(*SCOPE, *arguments).summary for _ in range(3)]


def test_a_few_absences_are_told_and_then_believed(hub: LocalHub, here: Here) -> None:
    """Two refreshes say how many were not found, the third drops them."""
    here.refresh(*SCOPE)
    names = vanish(hub, 12)
    told = [here.refresh(*SCOPE) for _ in range(3)]
    assert [(ran.summary["missed"], ran.summary["dropped"], ran.summary["kept"]) for ran in told] == [
        (12, 0, 0),
        (12, 0, 0),
        (0, 12, 0),
    ]
    assert "12 models were not found; what 3 refreshes in a row do not find is removed" in told[0].err
    assert "12 of the models that went are no more on this Hub" in told[2].err
    assert not set(names) & set(here.cards)


def test_a_mirror_that_lacks_much_empties_nothing(hub: LocalHub, here: Here) -> None:
    """Above a fifth they stay, with a line that names the flag; what is new comes all the same."""
    here.refresh(*SCOPE)
    names = vanish(hub, 60)
    hub.records.put("acme/new", pipeline_tag="fill-mask", downloads=10**8, createdAt="2026-11-03T00:00:00.000Z")
    ran = [here.refresh(*SCOPE) for _ in range(4)][-1]
    assert ran.code == 0
    assert (ran.summary["kept"], ran.summary["dropped"]) == (60, 0)
    assert f"60 of the {ran.summary['asked']} models" in ran.err
    assert "--drop-missing removes them" in ran.err
    assert set(names) <= set(here.cards)
    assert "acme/new" in here.cards
    ran = here.refresh(*SCOPE, "--drop-missing")
    assert (ran.summary["kept"], ran.summary["dropped"], ran.summary["removed"]) == (0, 60, 60)
    assert not set(names) & set(here.cards)
    assert here.refresh(*SCOPE).summary["dropped"] == 0


@pytest.mark.parametrize("flag", [(), ("--drop-missing",)])
def test_what_was_kept_and_returns_is_known_again(hub: LocalHub, here: Here, flag: tuple[str, ...]) -> None:
    """Whichever was chosen meanwhile."""
    here.refresh(*SCOPE)
    names = vanish(hub, 60)
    thrice(here, *flag)
    for name in names:
        hub.records.return_(name)
    summary = here.refresh(*SCOPE).summary
    assert (summary["kept"], summary["dropped"], summary["missed"]) == (0, 0, 0)
    assert set(names) <= set(here.cards)
