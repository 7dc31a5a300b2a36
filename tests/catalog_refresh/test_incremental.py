"""Later refreshes: changes, counters, newcomers, models that vanish and return, new names; and real listings."""

import socketserver
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

import pytest

from catalog import open_catalog
from catalog.repository import is_real
from tests.catalog_refresh.conftest import FAMILIES, Here, Machine, fill
from tests.local_hub import LocalHub, Meanwhile, recorded

SCOPE = ("--top", "60", *(part for family in FAMILIES for part in ("--family", family)))
LATER = "2026-11-02T00:00:00.000Z"
FIRST, LAST = "acme/text-classification-0000", "acme/text-generation-0179"


def test_nothing_new_costs_a_page_of_changes_and_the_counters(hub: LocalHub, here: Here) -> None:
    """The second refresh asks for changes once and for counters alone after that, and lands nothing."""
    assert here.refresh(*SCOPE).summary["mode"] == "full"
    before = here.current
    hub.forget_requests()
    ran = here.refresh(*SCOPE)
    assert (ran.summary["mode"], ran.summary["landed"]) == ("incremental", False)
    assert here.current == before
    changes = [r for r in hub.requests if "sort=lastModified" in r.target]
    counters = [r for r in hub.requests if "sort=downloads" in r.target]
    assert len(hub.requests) == len(changes) + len(counters) == 4 + 3 * 3
    assert not any("cardData" in r.target for r in counters)


def test_what_changed_is_fetched_and_the_rest_is_not(hub: LocalHub, here: Here) -> None:
    """A new licence comes with the change; counters come without one; a newcomer in the top comes in full."""
    here.refresh(*SCOPE)
    hub.records.change(FIRST, lastModified=LATER, cardData={"license": "apache-2.0"}, sha="f" * 40)
    hub.records.change(LAST, downloads=999_999, likes=77)  # lastModified stands still
    hub.records.put(
        "acme/newcomer", pipeline_tag="fill-mask", downloads=10**7, createdAt="2026-10-01T00:00:00.000Z", tags=["fr"]
    )
    summary = here.refresh(*SCOPE).summary
    cards = here.cards
    assert (summary["mode"], summary["added"], summary["changed"], summary["removed"]) == ("incremental", 1, 2, 0)
    assert (cards[FIRST].license, cards[FIRST].revision, cards[FIRST].updated) == ("apache-2.0", "f" * 40, "2026-11-02")
    assert (cards[LAST].downloads, cards[LAST].likes) == (999_999, 77)
    assert cards["acme/newcomer"].languages == ("fr",)


def test_many_newcomers_come_by_the_page(hub: LocalHub, here: Here) -> None:
    """When a page of counters is full of unknown models it is fetched again in full, not model by model."""
    here.refresh(*SCOPE)
    fill(hub, 60, start=-60)  # more used than all before
    hub.forget_requests()
    summary = here.refresh(*SCOPE).summary
    assert summary["added"] == 60
    assert not any(r.path.startswith("/api/models/") for r in hub.requests)
    assert here.cards["acme/fill-mask--002"].license == "mit"


def test_a_model_is_dropped_after_three_absences_and_revived_when_it_returns(hub: LocalHub, here: Here) -> None:
    """One or two absences do not count; a return is noticed even if its last change is old."""
    here.refresh(*SCOPE)
    hub.records.vanish(FIRST)
    there = []
    for _ in range(3):
        assert here.refresh(*SCOPE).code == 0
        there.append(FIRST in here.cards)
    assert there == [True, True, False]
    hub.forget_requests()
    here.refresh(*SCOPE)
    assert not any(FIRST in r.target for r in hub.requests), "who is gone is not asked for again"
    hub.records.return_(FIRST)
    assert here.refresh(*SCOPE).summary["added"] == 1
    assert here.cards[FIRST].license == "mit"


def test_absences_must_follow_on_each_other(hub: LocalHub, here: Here) -> None:
    """Gone twice, back once, gone twice: still in the catalog."""
    here.refresh(*SCOPE)
    for _ in range(2):
        hub.records.vanish(FIRST)
        here.refresh(*SCOPE)
        here.refresh(*SCOPE)
        hub.records.return_(FIRST)
        here.refresh(*SCOPE)
    assert FIRST in here.cards


def test_a_model_that_vanishes_between_two_pages_costs_no_other(hub: LocalHub, here: Here) -> None:
    """Cursors are positions by value: all others are found, and the vanished one is checked later."""
    hub.faults.add(Meanwhile(path="cursor=", action=lambda: hub.records.vanish(FIRST)))
    assert here.refresh(*SCOPE).code == 0
    assert len(here.cards) == 180


def test_a_renamed_model_keeps_its_old_name_as_an_alias(
    hub: LocalHub, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the record's own id where a listing shows it, by the redirect where only the old name is asked for."""
    here.refresh(*SCOPE)
    known = hub.records.get(FIRST)
    assert known is not None
    hub.records.vanish(FIRST)
    hub.records.put("other/renamed", **{k: v for k, v in known.items() if k not in {"id", "modelId", "author"}})
    hub.records.alias(FIRST, "other/renamed")
    here.refresh(*SCOPE)
    cards = here.cards
    assert FIRST not in cards
    assert cards["other/renamed"].aliases == (FIRST,)
    monkeypatch.setenv("XDG_DATA_HOME", here.environment["XDG_DATA_HOME"])
    with open_catalog() as catalog:
        found = catalog.get(FIRST)
    assert found is not None
    assert found.id == "other/renamed"


def test_everything_is_listed_by_creation_and_then_by_change(hub: LocalHub, here: Here) -> None:
    """--all takes models of no family too; the next refresh takes what was added since, whatever its downloads."""
    hub.records.put("acme/no-family", downloads=None)
    summary = here.refresh("--all").summary
    assert (summary["mode"], summary["models"], summary["pages"]) == ("full", 241, 14)
    assert here.cards["acme/no-family"].family is None
    hub.records.put("acme/later", createdAt=LATER, lastModified=LATER)
    hub.records.change(LAST, downloads=5)
    summary = here.refresh("--all").summary
    assert (summary["mode"], summary["added"], summary["changed"]) == ("incremental", 1, 1)
    assert here.cards[LAST].downloads == 5


def test_a_wider_scope_is_listed_in_full(here: Here) -> None:
    """Changes alone would not include models that were never fetched."""
    assert here.refresh("--top", "20", "--family", FAMILIES[0]).summary["models"] == 20
    assert here.refresh("--top", "40", "--family", FAMILIES[0]).summary["mode"] == "full"
    assert here.refresh("--top", "20", "--family", FAMILIES[0]).summary["mode"] == "incremental"
    assert len(here.cards) == 40


def test_a_hub_without_models_does_not_empty_the_catalog(hub: LocalHub, small: Machine, here: Here) -> None:
    """A mirror with an empty answer is an error, not a change."""
    for record in hub.records.all():
        hub.records.vanish(record["id"])
    ran = here.refresh(*SCOPE)
    assert ran.code == 5
    assert "lists no models" in ran.err
    assert here.current == small.current


class _Proxy(BaseHTTPRequestHandler):
    """Passes requests for hub.example on to the local hub."""

    target = ""
    seen: list[str] = []  # noqa: RUF012 - filled by the handler's instances

    def do_GET(self) -> None:
        self.seen.append(self.path)
        parts = urlsplit(self.path)
        opener = build_opener(ProxyHandler({}))
        with opener.open(f"{self.target}{parts.path}?{parts.query}") as answer:  # loopback
            body = answer.read()
            self.send_response(200)
            for name, value in answer.headers.items():
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Stay silent."""


def test_the_refresh_goes_through_a_proxy_and_keeps_its_endpoint(hub: LocalHub, machine: Machine) -> None:
    """The hub's own links name an address that only the proxy knows better; they are followed at HF_ENDPOINT."""
    _Proxy.target = hub.url
    _Proxy.seen.clear()
    socketserver.TCPServer.allow_reuse_address = True
    with HTTPServer(("127.0.0.1", 0), _Proxy) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.02,))
        thread.start()
        address = f"http://127.0.0.1:{proxy.server_port}"
        ran = machine.refresh(
            *SCOPE, HF_ENDPOINT="http://hub.example", HTTP_PROXY=address, http_proxy=address, NO_PROXY="", no_proxy=""
        )
        proxy.shutdown()
        thread.join()
    assert ran.code == 0, ran.err
    assert len(machine.cards) == 180
    assert len(_Proxy.seen) == 10
    assert all(path.startswith("http://hub.example/api/models?") for path in _Proxy.seen)


def test_eight_hours_of_the_real_hub(small: Machine, tmp_path: Path) -> None:
    """The listing of 2026-08-22 at noon, then at eight in the evening, as another refresh would see it."""
    if not (recorded.DATA / recorded.DELTA_2026).is_file():
        pytest.skip(f"the recorded listings are not at {recorded.DATA}")
    with LocalHub() as hub:
        hub.limits.set("api", 1_000_000)
        recorded.load_2026(hub.records, limit=2500)
        # The recording has two models under two spellings each, which the Hub itself does not allow.
        count = len({record["id"].lower() for record in hub.records.all() if is_real(record["id"])})
        machine = Here(tmp_path / "machine", hub)
        machine.take_over(small)
        first = machine.refresh("--all", "--page-size", "1000", "--checks", "500").summary
        assert first["models"] == count
        recorded.eight_hours_later(hub.records)
        hub.forget_requests()
        later = machine.refresh("--all", "--page-size", "1000", "--checks", "500").summary
        assert later["mode"] == "incremental"
        checks = [r for r in hub.requests if r.path.startswith("/api/models/")]
        # Two pages of changes, six of counters, and those of the counters again that are full of newcomers.
        assert len(hub.requests) - len(checks) <= 2 + 6 + 6
        cards = machine.cards
        listed = {r["id"]: r for r in hub.records.all()}
        for name, record in listed.items():
            if name in cards:
                assert cards[name].downloads == record["downloads"], name
                assert cards[name].updated == record["lastModified"][:10], name
        # What is listed and not taken is scratch uploads, or has no downloads and an old date that the delta made up.
        spelled = {name.lower() for name in cards}
        missing = [r for r in listed.values() if r["id"].lower() not in spelled and is_real(r["id"])]
        assert len(missing) < 0.01 * len(listed), [r["id"] for r in missing]
