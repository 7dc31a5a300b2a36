"""The errors that reach people, and the exit codes they end with."""

from __future__ import annotations

import re
from enum import IntEnum

# They shape letters and emoji (a family is three people joined); they move nothing, unlike marks of direction.
JOINERS = frozenset("\u200c\u200d")
_NUMBER = re.compile(r"\[Errno -?\d+\] ")


class ExitCode(IntEnum):
    """What the process says to a script when it ends."""

    PASSES = 0
    BAD_INPUT = 2
    NONE_PASSES = 3
    UNDECIDED = 4
    OUT_OF_REACH = 5
    INTERRUPTED = 130


EXIT_CODE_MEANINGS: dict[ExitCode, str] = {
    ExitCode.PASSES: "a model passes at the strength required (or the command did what was asked)",
    ExitCode.BAD_INPUT: "the task, the examples or the command line are wrong; the message says where",
    ExitCode.NONE_PASSES: "no candidate passes the bar",
    ExitCode.UNDECIDED: "the evidence does not reach the strength required",
    ExitCode.OUT_OF_REACH: "something needed is out of reach: network, disk space, weights, an engine",
    ExitCode.INTERRUPTED: "interrupted; every finished outcome is kept, the same command goes on",
}


class AdvisorError(Exception):
    """An error meant for the user: one line saying what happened, to which thing, and what to do next."""

    exit_code = ExitCode.BAD_INPUT


class InputError(AdvisorError):
    """The task file, the examples or an argument cannot be used as they are."""


class OutOfReachError(AdvisorError):
    """A model, an engine, the network or disk space is needed and cannot be had."""

    exit_code = ExitCode.OUT_OF_REACH


def one_line(text: object, limit: int = 500) -> str:
    """Return outside text on one line, control characters and escapes made visible, cut to `limit`.

    Model output, file content and library errors can hold anything; a terminal obeys escape codes.
    """
    # An error's own words are for people, its number is not.
    told = _NUMBER.sub("", str(text)) if isinstance(text, BaseException) else str(text)
    folded = " ".join(told.split())
    visible = "".join(c if c.isprintable() or c in JOINERS else c.encode("unicode_escape").decode() for c in folded)
    return visible if len(visible) <= limit else visible[: limit - 1] + "…"
