"""The front end of the terminal session: questions, news, errors and the end, without a screen."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from textual.message import Message

from advisor.errors import InputError, OutOfReachError
from advisor.execution.control import Control, Stopped
from advisor.execution.progress import Progress
from advisor.interview.facts import Understanding
from advisor.workflow.frontend import Frontend, Probed
from tests.conftest import PATIENCE
from tests.tui import loops
from tui.session import Asked, Ended, NewsArrived, Session


class Posted:
    """Keeps what a session posts, and lets a test wait for it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._came = threading.Condition()

    def __call__(self, message: Message) -> None:
        with self._came:
            self.messages.append(message)
            self._came.notify_all()

    def wait(self, kind: type[Message], count: int = 1) -> Message:
        """Wait for so many of a kind and return the last of them."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.of(kind)) >= count, PATIENCE), self.messages
        return self.of(kind)[count - 1]

    def of(self, kind: type[Message]) -> list[Message]:
        return [message for message in self.messages if isinstance(message, kind)]


def session_of(loop: Callable[..., Any]) -> tuple[Session, Posted]:
    posted = Posted()
    return Session("test", posted, drive=loop), posted


def test_news_is_announced_once_however_much_there_is() -> None:
    """A thousand events wake the screen once until they are taken, and none is lost."""
    plan = loops.plan()
    begun, go = threading.Event(), threading.Event()

    def loop(session: str, frontend: Frontend, *, start: Any, control: Control) -> None:
        for number in range(1000):
            frontend.tell(Probed(Progress("probing", plan.candidates[0], number)))
        begun.set()
        go.wait(PATIENCE)

    session, posted = session_of(loop)
    session.begin()
    assert begun.wait(PATIENCE)
    assert len(posted.of(NewsArrived)) == 1
    news = session.news()
    assert [each.progress.done for each in news if isinstance(each, Probed)] == list(range(1000))
    assert session.news() == []
    go.set()
    assert session.wait()


def test_closing_ends_a_loop_that_waits_and_one_that_works() -> None:
    """A question that is open ends with `Stopped`; work ends by its control."""
    session, posted = session_of(loops.asking(loops.WORDS))
    session.begin()
    posted.wait(Asked)
    session.close()
    ended = posted.wait(Ended)
    assert isinstance(ended, Ended)
    assert ended.was_stopped
    assert session.wait()
    with pytest.raises(Stopped):
        session.ask(loops.WORDS, Understanding())


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (InputError("mails.csv: line 3: [bold]\x1b[31m has no label; give it one"), r"[bold]\x1b[31m has no label"),
        (OutOfReachError("the disk is full; free 2 GB"), "the disk is full; free 2 GB"),
        (ZeroDivisionError("division"), "something in the advisor itself failed: ZeroDivisionError: division"),
    ],
)
def test_an_error_ends_in_one_line(error: Exception, words: str) -> None:
    """Whatever the loop raises reaches the screen as one line that a terminal cannot obey."""

    def loop(*_: object, **__: object) -> None:
        raise error

    session, posted = session_of(loop)
    session.begin()
    ended = posted.wait(Ended)
    assert isinstance(ended, Ended)
    assert words in str(ended.error)
    assert "\x1b" not in str(ended.error)


def test_a_screen_that_is_gone_stops_the_loop() -> None:
    """Where messages can no longer be posted, the control says stop."""

    def gone(_: Message) -> None:
        raise RuntimeError("Event loop is closed")

    session = Session("test", gone, drive=loops.asking(loops.WORDS))
    session.begin()
    session.control._stop.wait(PATIENCE)
    assert session.control.is_stopped
    session.close()
    assert session.wait()
