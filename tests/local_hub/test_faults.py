"""What goes wrong on demand, as the client takes it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.local_hub import (
    Cut,
    LocalHub,
    Meanwhile,
    RepeatedRecords,
    ServerError,
    Stall,
    TooManyRequests,
    TruncatedJson,
)
from tests.local_hub.asking import IMPORTS, ask, fill

if TYPE_CHECKING:
    from pathlib import Path


def test_failures_of_the_server_are_retried_by_the_client(hub: LocalHub, tmp_path: Path) -> None:
    """Two 503 and a connection cut before the status line cost three tries; then the page comes."""
    expected = fill(hub, 3)
    hub.faults.add(ServerError(times=2))
    hub.faults.add(Cut(skip=2))
    assert ask(hub, tmp_path, 'result = walk(sort="downloads")') == [expected]
    assert [request.status for request in hub.requests] == [503, 503, None, 200]


def test_a_rate_limit_on_demand_tells_when_to_come_back(hub: LocalHub, tmp_path: Path) -> None:
    """The 429 has the RateLimit header with r=0, or Retry-After, as set."""
    hub.faults.add(TooManyRequests(seconds=17))
    hub.faults.add(TooManyRequests(skip=1, retry_after="23"))
    code = """
def told():
    response = get_session().get(f"{ENDPOINT}/api/models")
    info = parse_ratelimit_headers(response.headers)
    return [response.status_code, info.remaining, info.reset_in_seconds, response.headers.get("Retry-After")]
result = [told(), told(), told()]
"""
    limited, later, well = ask(hub, tmp_path, code)
    assert limited == [429, 0, 17, None]
    assert (later[0], later[3]) == (429, "23")
    assert later[1] > 0  # the hub's own figures stand
    assert well[0] == 200


def test_a_stall_ends_only_by_the_clients_own_time_limit(hub: LocalHub, tmp_path: Path, folder: Path) -> None:
    """Before the status line as in the middle of a body, nothing more comes."""
    hub.add_repo("acme/tiny", folder)
    hub.faults.add(Stall(path="/api/models"))
    hub.faults.add(Stall(path="/resolve/", after=1000))
    code = """
url = f"{ENDPOINT}/acme/tiny/resolve/main/model.safetensors"
result = [kind(lambda: model_info("acme/tiny", timeout=1)),
          kind(lambda: get_session().get(url, timeout=1))]
"""
    assert ask(hub, tmp_path, code) == [["ReadTimeout", None]] * 2
    assert [(request.status, request.sent) for request in hub.requests] == [(None, 0), (200, 1000)]


def test_a_process_can_be_killed_while_it_waits_and_the_walk_taken_up_again(hub: LocalHub, tmp_path: Path) -> None:
    """The test knows that the second page was asked for; its cursor still leads on."""
    expected = fill(hub, 6)
    hub.faults.add(Stall(path="cursor="))
    code = IMPORTS + 'walk(sort="downloads", limit=3)'
    process = subprocess.Popen([sys.executable, "-c", code], env=hub.environment(tmp_path / "home"))
    stalled = hub.wait_for(lambda request: "cursor" in request.query)
    process.kill()
    assert process.wait() != 0
    assert stalled.status is None
    cursor = stalled.first("cursor")
    rest = ask(hub, tmp_path, f'result = walk(sort="downloads", limit=3, cursor={cursor!r})')
    assert rest == [expected[3:]]


def test_json_that_breaks_off_is_a_sound_http_answer(hub: LocalHub, tmp_path: Path) -> None:
    """The client's parser is what fails."""
    fill(hub, 3)
    hub.faults.add(TruncatedJson())
    assert ask(hub, tmp_path, "result = kind(lambda: list(list_models()))") == ["JSONDecodeError", None]
    assert hub.requests[0].status == 200


def test_a_page_can_repeat_records_of_the_page_before(hub: LocalHub, tmp_path: Path) -> None:
    """The repeats come on top, and nothing is lost."""
    a, b, c, d, e, f = fill(hub, 6)
    hub.faults.add(RepeatedRecords(path="cursor=", records=2))
    pages = ask(hub, tmp_path, 'result = walk(sort="downloads", limit=3)')
    assert pages == [[a, b, c], [b, c, d, e, f]]


def test_a_failure_of_the_hub_itself_fails_the_test(tmp_path: Path) -> None:
    """What the hub cannot do does not look like a fault of the client."""

    def break_down() -> None:
        raise RuntimeError("deliberate")

    def use() -> None:
        with LocalHub() as hub:
            hub.faults.add(Meanwhile(action=break_down))
            ask(hub, tmp_path, "result = kind(lambda: model_info('acme/none'))")

    with pytest.raises(ExceptionGroup, match="The local Hub failed") as caught:
        use()
    assert str(caught.value.exceptions[0]) == "deliberate"
