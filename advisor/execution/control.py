"""How a run is held from outside: paused, a candidate skipped, stopped."""

import threading
from dataclasses import dataclass, field


class Stopped(Exception):  # noqa: N818  it is no error
    """The front end was closed, or the user stops: everything that was answered and measured is kept."""


class PlanOnly(Stopped):
    """The plan is made, and nothing else was asked for."""


@dataclass
class Control:
    """How a front end holds a run: pause, skip a candidate, stop. Safe to use from any thread."""

    _stop: threading.Event = field(default_factory=threading.Event)
    _go: threading.Event = field(default_factory=threading.Event)
    _skipped: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._go.set()

    def pause(self) -> None:
        """Begin nothing new; what runs ends its batch."""
        self._go.clear()

    def resume(self) -> None:
        """Go on."""
        self._go.set()

    def stop(self) -> None:
        """End workers and leave; everything measured is kept."""
        self._stop.set()
        self._go.set()

    def skip(self, candidate: str) -> None:
        """Give up the candidate of this key, for this attempt: a later attempt takes it up again."""
        self._skipped.add(candidate)

    @property
    def is_paused(self) -> bool:
        """Whether nothing new is begun."""
        return not self._go.is_set()

    @property
    def is_stopped(self) -> bool:
        """Whether the run is to end."""
        return self._stop.is_set()

    @property
    def skipped(self) -> frozenset[str]:
        """The keys of the candidates to give up."""
        return frozenset(self._skipped)

    def check(self) -> None:
        """Do nothing, unless the run is to end; Stopped if so."""
        if self.is_stopped:
            raise Stopped

    def wait(self) -> None:
        """Block while paused."""
        self._go.wait()
