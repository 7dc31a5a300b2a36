"""Errors for users, and their exit codes."""

import errno
import re
from collections.abc import Iterable
from enum import IntEnum
from pathlib import Path
from typing import ClassVar

# Joiners shape letters and emoji (a family is three people joined); unlike direction marks they move nothing.
JOINERS = frozenset("\u200c\u200d")
_NUMBER = re.compile(r"\[Errno -?\d+\] ")
_ADVICE = "; "


class ExitCode(IntEnum):
    """Exit codes of the process."""

    PASSES = 0
    BAD_INPUT = 2
    NONE_PASSES = 3
    UNDECIDED = 4
    OUT_OF_REACH = 5
    FAULT = 70
    INTERRUPTED = 130


EXIT_CODE_MEANINGS: dict[ExitCode, str] = {
    ExitCode.PASSES: "a model passes at the strength required (or the command did what was asked)",
    ExitCode.BAD_INPUT: "the task, the examples or the command line are wrong; the message says where",
    ExitCode.NONE_PASSES: "no candidate passes the bar",
    ExitCode.UNDECIDED: "the evidence does not reach the strength required",
    ExitCode.OUT_OF_REACH: "nothing could be run; missing or broken: network, server, key, disk, weights, engine",
    ExitCode.FAULT: "a fault in model-advisor itself; the message names a file to attach to a report",
    ExitCode.INTERRUPTED: "interrupted; every finished outcome is kept, the same command continues",
}
VERIFY_MEANINGS: dict[ExitCode, str] = EXIT_CODE_MEANINGS | {
    ExitCode.PASSES: "holds: the claim is reached again on the run's own examples, or certified on new ones",
    ExitCode.NONE_PASSES: "does not hold: the claim is lost on the run's own examples, or new ones are below the bar",
    ExitCode.UNDECIDED: "undecided: too few examples to show either, or none for a part of the bar, such as a label "
    "that it names",
}
ANSWER_MEANINGS: dict[ExitCode, str] = EXIT_CODE_MEANINGS | {
    ExitCode.PASSES: "every row without an answer was answered",
    ExitCode.NONE_PASSES: "some rows could not be answered: they stand in the output as they were",
    ExitCode.INTERRUPTED: "interrupted; the output has all rows, and the answers until then: give it as FILE to go on",
}
del ANSWER_MEANINGS[ExitCode.UNDECIDED]
EXPORT_MEANINGS: dict[ExitCode, str] = EXIT_CODE_MEANINGS | {
    ExitCode.PASSES: "the folder is written, and answers as the probe did",
    ExitCode.NONE_PASSES: "the folder is written, but answers differently from the probe",
}
del EXPORT_MEANINGS[ExitCode.UNDECIDED]


class AdvisorError(Exception):
    """An error for users: one line with what happened, to what; after the last "; " what to do next.

    Attributes:
        kind: The kind of error, for programs.
        exit_code: The command line's exit code.
        next_step: What to do, unless the line says so.
        ways: Ways to continue, as options of the same command or as commands, each with its cost or benefit.
    """

    kind: ClassVar[str] = "input"
    exit_code: ClassVar[ExitCode] = ExitCode.BAD_INPUT
    next_step: ClassVar[str] = "correct that, then try again"

    def __init__(self, *line: object, ways: Iterable[str] = ()) -> None:
        super().__init__(*line)
        self.ways = tuple(ways)

    @property
    def message(self) -> str:
        """What happened, without the advice."""
        return split_advice(str(self))[0]

    @property
    def what_to_do(self) -> str:
        return split_advice(str(self))[1] or self.next_step


class InputError(AdvisorError):
    """The task file, the examples or an argument cannot be used."""


class OutOfReachError(AdvisorError):
    """A required model, engine, network or disk space is unavailable."""

    kind = "out_of_reach"
    exit_code = ExitCode.OUT_OF_REACH
    next_step = "provide what is missing, then try again"


_SET = "set XDG_DATA_HOME"
_ELSEWHERE = "XDG_DATA_HOME=FOLDER before the command: keeps runs, sessions and starter models there; nothing is moved"
_ALLOWED = "chmod u+w on that folder: the same command continues"


def cannot_write(place: Path | str, error: Exception, cure: str = _SET) -> OutOfReachError:
    """Return the error of a file or folder that cannot be written; `cure` applies unless space is missing."""
    number = error.errno if isinstance(error, OSError) else None
    if number in {errno.ENOSPC, errno.EDQUOT}:
        return OutOfReachError(
            f"{place}: the disk is full; free some space, then the same command continues",
            ways=("`advisor runs delete RUN`: frees a run's folder; `advisor runs` lists them", _ELSEWHERE),
        )
    if number == errno.EFBIG:
        return OutOfReachError(
            f"{place}: the limit on a file's size is reached; raise it, then the same command continues"
        )
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    ways = (_ELSEWHERE, _ALLOWED) if cure == _SET else ()
    return OutOfReachError(f"{place}: cannot be written ({one_line(reason)}){f'; {cure}' if cure else ''}", ways=ways)


def known_error(error: Exception) -> AdvisorError | None:
    """Return an error of the catalog or the operating system as one of ours; None for a fault."""
    from catalog.errors import CatalogError, CatalogInputError

    if isinstance(error, AdvisorError):
        return error
    if isinstance(error, CatalogError):
        return InputError(str(error)) if isinstance(error, CatalogInputError) else OutOfReachError(str(error))
    if isinstance(error, MemoryError):
        return OutOfReachError("out of memory; close other programs, then the same command continues")
    if isinstance(error, OSError):
        place = one_line(error.filename, 300) if error.filename else "a file"
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            return cannot_write(place, error)
        where = f"{place}: " if error.filename else ""
        return OutOfReachError(f"{where}{one_line(error.strerror or error)}")
    return None


def split_advice(line: str) -> tuple[str, str]:
    """Split an error's line into what happened and what to do: the text after the last "; ".

    Semicolons within brackets do not count; without any other the second text is empty.
    """
    depth, at = 0, -1
    for place, character in enumerate(line):
        depth = max(0, depth + (character in "([{") - (character in ")]}"))
        if depth == 0 and line.startswith(_ADVICE, place):
            at = place
    return (line, "") if at < 0 else (line[:at], line[at + len(_ADVICE) :])


def one_line(text: object, limit: int = 500) -> str:
    """Return outside text on one line, control characters and escapes made visible, cut to `limit`.

    Model output, file content and library errors can hold anything; a terminal obeys escape codes.
    """
    # An error's message is for people, its number is not.
    plain = _NUMBER.sub("", str(text)) if isinstance(text, BaseException) else str(text)
    folded = " ".join(plain.split())
    visible = "".join(c if c.isprintable() or c in JOINERS else c.encode("unicode_escape").decode() for c in folded)
    return visible if len(visible) <= limit else visible[: limit - 1] + "…"
