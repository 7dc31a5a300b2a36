"""A front end for the terminal session: runs the one loop in a thread, and passes events and answers.

The loop's thread touches no widget. It posts the messages below; answers come back through a queue. The thread is a
daemon: a session without a screen cannot keep the program alive, and its answers and measurements are on disk
already.
"""

from __future__ import annotations

import contextvars
import logging
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from textual.message import Message

from advisor.errors import AdvisorError, one_line
from advisor.execution.control import Control, Stopped
from advisor.workflow.frontend import Answer, Event, Stage

if TYPE_CHECKING:
    from advisor.cluster.placement import Place
    from advisor.interview.facts import Understanding
    from advisor.interview.question import Question

LOG = logging.getLogger(__name__)
# How long an ending program waits for the loop to clean up; workers end by themselves with the program.
LAST_WAIT_SECONDS = 3.0


@dataclass
class Asked(Message):
    """The loop waits for an answer."""

    question: Question
    understanding: Understanding


@dataclass
class NewsArrived(Message):
    """There are events: take them with `Session.news`. One message stands for all since the last was handled."""


@dataclass
class Ended(Message):
    """The loop is over."""

    error: str | None = None  # The error, in one line; None if it ended or was stopped.
    was_stopped: bool = False  # Whether the user stopped it.
    # The run with a recommendation, as returned by `advisor.workflow.drive.drive`; None without one.
    done: Any = None


@dataclass
class Session:
    """One session's thread and its communication with the screen; a `Frontend`."""

    id: str  # The session's id, by which it continues.
    post: Callable[[Message], object]  # Receives messages, on any thread.
    start: Any = None  # A new session's `advisor.workflow.sessions.Start`; None: an existing one.
    drive: Callable[..., Any] | None = None  # The loop; default: `advisor.workflow.drive.drive`.
    change: Answer | None = None  # An answer to give, change or withdraw before it continues.
    place: Place | None = None  # A cluster that candidates are probed on; None: this machine.
    control: Control = field(default_factory=Control)
    _answers: queue.SimpleQueue[Answer | None] = field(default_factory=queue.SimpleQueue)
    _news: deque[Event] = field(default_factory=deque)
    _announced: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        """Run the loop in its own thread; it ends with the message `Ended`."""
        # A widget finds its app by the context of the posting thread.
        context = contextvars.copy_context()
        self._thread = threading.Thread(target=context.run, args=(self._run,), name=f"session-{self.id}", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def answer(self, answer: Answer) -> None:
        self._answers.put(answer)

    def news(self) -> list[Event]:
        """Return the events since the last call, oldest first."""
        self._announced.clear()
        taken = []
        while self._news:
            taken.append(self._news.popleft())
        return taken

    def close(self) -> None:
        """End the loop and its workers; all answers and measurements are kept."""
        self.control.stop()
        self._answers.put(None)

    def wait(self, seconds: float = LAST_WAIT_SECONDS) -> bool:
        if self._thread is not None:
            self._thread.join(seconds)
        return not self.is_alive

    # The front end, called on the loop's thread --------------------------------------------------------------------

    def ask(self, question: Question, understanding: Understanding) -> Answer:
        """Show a question and return the answer; Stopped if the session was closed."""
        if self.control.is_stopped:
            raise Stopped
        self._post(Asked(question, understanding))
        answer = self._answers.get()
        if answer is None or self.control.is_stopped:
            raise Stopped
        return answer

    def tell(self, event: Event) -> None:
        """Queue an event for the screen, and wake the screen once."""
        self._news.append(event)
        if not self._announced.is_set():
            self._announced.set()
            self._post(NewsArrived())

    def _run(self) -> None:
        try:
            self.tell(Stage("loading"))
            given: dict[str, Any] = {"start": self.start} if self.change is None else {"change": self.change}
            given |= {"place": self.place} if self.place is not None else {}
            end = (self.drive or _the_loop())(self.id, self, control=self.control, **given)
        except Stopped:
            self._post(Ended(was_stopped=True))
        except AdvisorError as error:
            self._post(Ended(one_line(error, 2000)))
        except Exception as error:
            LOG.exception("the session ended in an error of this program")
            self._post(Ended(f"something in the advisor itself failed: {type(error).__name__}: {one_line(error)}"))
        else:
            self._post(Ended(was_stopped=self.control.is_stopped, done=end))

    def _post(self, message: Message) -> None:
        try:
            self.post(message)
        except RuntimeError:  # the app's loop is closed: the screen is gone
            self.control.stop()


def _the_loop() -> Callable[..., Any]:
    from advisor.workflow.drive import drive  # LangGraph takes a second to import

    return drive
