"""Each fault of the Hub or the network, met by the real command; the catalog ends as if there had been none."""

import json
import socket
import time
from pathlib import Path

import pytest

from tests.catalog_refresh.conftest import FAMILIES, Here, Machine, fill, listings
from tests.conftest import PATIENCE
from tests.local_hub import (
    Cut,
    DeepJson,
    Fault,
    LocalHub,
    ManyLinks,
    RepeatedRecords,
    ServerError,
    Stall,
    TooManyRequests,
    TruncatedJson,
)
from tests.local_hub.limits import RateLimits

SCOPE = ("--top", "15", "--page-size", "6", *(part for family in FAMILIES for part in ("--family", family)))
PAGES = 1 + len(FAMILIES) * 3  # the Hub's clock, then fifteen models of each family in pages of six


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The result of a refresh without faults."""
    with LocalHub() as hub:
        fill(hub, 240)
        machine = Here(tmp_path_factory.mktemp("undisturbed"), hub)
        ran = machine.refresh(*SCOPE)
        assert ran.code == 0, ran.err
        assert len(listings(hub)) == PAGES
        return machine.facts


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (TooManyRequests(seconds=0, skip=3), "rate limit"),
        (ServerError(status=503, skip=3), "HTTP 503"),
        (Stall(skip=3, after=300), "no answer for 3 s"),
        (TruncatedJson(skip=3), "incomplete JSON"),
        (Cut(skip=3, after=300), "going on in"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Fault) else "",
)
def test_a_fault_costs_one_request(
    fault: Fault, expected: str, hub: LocalHub, here: Here, undisturbed: dict[str, str]
) -> None:
    """It is reported, and after a wait only that page is requested again."""
    hub.faults.add(fault)
    ran = here.refresh(*SCOPE, *(["--timeout", "3"] if isinstance(fault, Stall) else []))
    assert ran.code == 0, ran.err
    assert expected in ran.err
    assert fault.hits == 1
    assert here.facts == undisturbed
    assert len(hub.requests) == PAGES + 1


def test_a_card_nested_too_deeply_is_read_without_the_nested(
    hub: LocalHub, here: Here, undisturbed: dict[str, str]
) -> None:
    """Anyone may upload one: the models listed beside it are refreshed all the same."""
    fault = hub.faults.add(DeepJson(path="/api/models", times=None))
    ran = here.refresh(*SCOPE)
    assert ran.code == 0, ran.err
    assert (fault.hits, len(hub.requests)) == (PAGES, PAGES)
    assert here.facts == undisturbed


def test_a_link_among_others_is_followed(hub: LocalHub, here: Here, undisturbed: dict[str, str]) -> None:
    hub.faults.add(ManyLinks(path="/api/models", times=None))
    assert here.refresh(*SCOPE).code == 0
    assert here.facts == undisturbed


def test_a_wait_of_an_hour_is_not_kept(hub: LocalHub, here: Here) -> None:
    """It is said after one try, which is not called several."""
    fault = hub.faults.add(TooManyRequests(retry_after="3600", skip=3, times=None))
    ran = here.refresh(*SCOPE)
    assert (ran.code, fault.hits) == (5, 1)
    assert "no longer answers (HTTP 429, and asks to wait 3600 s)" in ran.err


def test_pages_that_repeat_records_change_nothing(hub: LocalHub, here: Here, undisturbed: dict[str, str]) -> None:
    """A record sent twice counts once, towards the top as well."""
    hub.faults.add(RepeatedRecords(path="cursor=", records=3, times=None))
    assert here.refresh(*SCOPE).code == 0
    assert here.facts == undisturbed


def test_the_quota_is_kept_before_the_hub_refuses(hub: LocalHub, here: Here, undisturbed: dict[str, str]) -> None:
    """With no request left in the window the refresh waits for the next, and is never answered 429."""
    used_up: list[float] = []

    def clock() -> float:
        """Stand still until the first window's quota is used up: a slow machine must not outlast the window."""
        if not used_up and len(hub.requests) >= PAGES // 2:
            used_up.append(time.monotonic())
        return time.monotonic() - used_up[0] if used_up else 0.0

    hub.limits = RateLimits(clock)
    hub.limits.set("api", PAGES // 2, window_seconds=1)
    ran = here.refresh(*SCOPE)
    assert ran.code == 0
    assert "the Hub's rate limit" in ran.err
    assert [r.status for r in hub.requests] == [200] * PAGES
    assert here.facts == undisturbed


def test_a_hub_that_falls_silent_for_good_ends_the_run_and_keeps_its_pages(
    hub: LocalHub, here: Here, undisturbed: dict[str, str]
) -> None:
    """One line, exit code 5, the catalog in use unchanged; the rerun fetches only the rest."""
    before = here.facts
    fault = hub.faults.add(ServerError(status=500, skip=5, times=None))
    ran = here.refresh(*SCOPE, "--pause", "0.01")
    assert ran.code == 5
    assert ran.out == ""
    assert ran.err.splitlines()[-1].startswith("error: The Hub at http://127.0.0.1:")
    assert "run the same command again" in ran.err
    assert "Traceback" not in ran.err
    assert here.facts.keys() == before.keys()
    assert fault.hits == 6
    hub.faults.clear()
    hub.forget_requests()
    assert here.refresh(*SCOPE).code == 0
    assert len(hub.requests) == PAGES - 5
    assert here.facts == undisturbed


def test_a_cursor_that_the_hub_no_longer_takes_starts_its_walk_again(
    hub: LocalHub, here: Here, undisturbed: dict[str, str]
) -> None:
    """The walk of the refused cursor begins at its first page; the walks before it do not."""
    hub.faults.add(ServerError(status=500, skip=5, times=None))
    here.refresh(*SCOPE, "--pause", "0.01")
    hub.faults.clear()
    hub.forget_requests()
    fault = hub.faults.add(ServerError(status=400, path="cursor="))
    assert here.refresh(*SCOPE).code == 0
    assert fault.hits == 1
    assert here.facts == undisturbed
    assert len(listings(hub)) <= PAGES - 5 + 2


def test_a_token_that_is_refused_is_named(hub: LocalHub, tmp_path: Path) -> None:
    """Not a traceback, and no word of the token itself."""
    ran = Machine(tmp_path / "other", hub, token="hf_wrong").refresh(*SCOPE)  # noqa: S106 - made up
    assert ran.code == 5
    assert "does not accept the token" in ran.err
    assert "hf_wrong" not in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_token_is_sent_and_private_models_are_left_out(hub: LocalHub, tmp_path: Path) -> None:
    """A catalog that may be shared holds no private model of who made it."""
    hub.records.put("reader/secret", private=True, pipeline_tag="fill-mask", downloads=10**9)
    machine = Machine(tmp_path / "reader", hub, token="hf_reader")  # noqa: S106 - made up
    assert machine.refresh(*SCOPE).code == 0
    assert {r.token for r in hub.requests} == {"hf_reader"}
    assert "reader/secret" not in machine.cards
    assert machine.refresh(*SCOPE, "--full", "--no-token").code == 0
    assert hub.requests[-1].token is None


def test_offline_mode_is_said_plainly(hub: LocalHub, machine: Machine) -> None:
    ran = machine.refresh(*SCOPE, HF_HUB_OFFLINE="1")
    assert (ran.code, ran.out, hub.requests) == (5, "", [])
    assert ran.err.startswith("error: Offline: HF_HUB_OFFLINE")
    assert len(ran.err.splitlines()) == 1


def test_a_hub_out_of_reach_is_said_plainly(machine: Machine) -> None:
    """After two tries, because users who are offline should learn it soon; the catalog in use stays."""
    assert machine.refresh(*SCOPE).code == 0
    before = machine.current
    with socket.socket() as taken:  # bound and not listening: no answer there
        taken.bind(("127.0.0.1", 0))
        ran = machine.refresh(*SCOPE, HF_ENDPOINT=f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert ran.code == 5
    assert ran.err.splitlines()[-1].startswith("error: Offline: the Hub at http://127.0.0.1:")
    assert "Traceback" not in ran.err
    assert machine.current == before


def test_an_endpoint_that_is_no_address_is_named(machine: Machine) -> None:
    ran = machine.refresh(*SCOPE, HF_ENDPOINT="ftp://hub.example")
    assert ran.code == 5
    assert "HF_ENDPOINT" in ran.err
    assert "Traceback" not in ran.err


def test_a_server_that_is_no_hub_is_an_error(hub: LocalHub, machine: Machine) -> None:
    """A listing that is no list, or an address that does not exist, ends with one line."""
    ran = machine.refresh(*SCOPE, HF_ENDPOINT=f"{hub.url}/elsewhere")
    assert ran.code == 5
    assert "HTTP 404" in ran.err
    assert "HF_ENDPOINT" in ran.err


def test_a_second_refresh_at_once_is_refused(hub: LocalHub, machine: Machine) -> None:
    """The lock is held while the first one waits for its answer."""
    hub.faults.add(Stall(skip=2))
    first = machine.start(*SCOPE)
    hub.wait_for(lambda request: bool(request.faults))
    second = machine.refresh(*SCOPE)
    assert second.code == 5
    assert "Another refresh" in second.err
    hub.release()
    out, err = first.communicate(timeout=PATIENCE)
    assert first.returncode == 0, err
    assert json.loads(out)["models"] == 45


def test_ctrl_c_keeps_what_was_fetched(hub: LocalHub, machine: Machine, undisturbed: dict[str, str]) -> None:
    """Exit code 130, one line, and the rerun goes on."""
    hub.faults.add(Stall(skip=4))
    process = machine.start(*SCOPE)
    hub.wait_for(lambda request: bool(request.faults))
    process.terminate()
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (130, "")
    assert "interrupted" in err.splitlines()[-1]
    hub.faults.clear()
    hub.forget_requests()
    assert machine.refresh(*SCOPE).code == 0
    assert len(hub.requests) == PAGES - 4
    assert machine.facts == undisturbed
