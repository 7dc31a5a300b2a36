"""Control of a run from outside: pause, skip a candidate, stop."""

import threading
from dataclasses import dataclass, field


class Stopped(Exception):  # noqa: N818  it is no error
    """The front end was closed, or the user stops the run; answers and outcomes are kept."""


class PlanOnly(Stopped):
    """The plan is finished, and only the plan was requested."""


@dataclass
class Control:
    """A front end's control of a run: pause, skip a candidate, stop. Thread-safe."""

    _stop: threading.Event = field(default_factory=threading.Event)
    _go: threading.Event = field(default_factory=threading.Event)
    _skipped: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._go.set()

    def pause(self) -> None:
        """Start no new batches; running ones finish."""
        self._go.clear()

    def resume(self) -> None:
        self._go.set()

    def stop(self) -> None:
        """End the workers and the run; outcomes are kept."""
        self._stop.set()
        self._go.set()

    def skip(self, candidate: str) -> None:
        """Skip the candidate of this key in this attempt; a later attempt tries it again."""
        self._skipped.add(candidate)

    @property
    def is_paused(self) -> bool:
        return not self._go.is_set()

    @property
    def is_stopped(self) -> bool:
        """Whether the run was stopped."""
        return self._stop.is_set()

    @property
    def skipped(self) -> frozenset[str]:
        """The keys of the candidates to skip."""
        return frozenset(self._skipped)

    def check(self) -> None:
        """Raise Stopped if the run was stopped."""
        if self.is_stopped:
            raise Stopped

    def wait(self) -> None:
        """Block while paused."""
        self._go.wait()
