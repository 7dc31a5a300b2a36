"""Permissions given when the server is started: folders to read, bytes to download, hosts to send examples to."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from advisor.errors import AdvisorError, InputError, one_line
from advisor.interview.labeling.label_next import labels_dir
from advisor.paths import at_home, is_file, is_there, runs_dir
from advisor.runs.find import LAST, find_run, folders
from advisor.runs.reader import Run, open_run
from advisor.task.evaluations.known import beyond
from advisor.task.yaml_text import parse_yaml
from advisor.workflow.arguments import TASK_ENDINGS, is_task_file

HUB = "hf://"  # a data set of the Hub; offline it is read from the cache


class NotAllowedError(InputError):
    """A call needs a permission that the server lacks."""

    kind = "consent_needed"


@dataclass(frozen=True, slots=True)
class Allowed:
    """The server's permissions; a call can use less, never more."""

    # Folders for reading files and writing exports; relative paths are below the first. Resolved.
    folders: tuple[Path, ...]
    download: str = "0"  # Most bytes from the Hub for one run, as given, e.g. "4GB"; "0" never asks the Hub.
    send_to: tuple[str, ...] = ()  # Hosts to which examples may be sent.

    @property
    def network(self) -> list[str]:
        return [] if self.download != "0" else ["--offline"]

    @property
    def hosts(self) -> list[str]:
        return [part for host in self.send_to for part in ("--send-to", host)]

    def path(self, given: str) -> Path:
        """Return a given path, absolute; NotAllowedError if it is outside the folders."""
        path = self.folders[0] / at_home(given)
        self._check(path, self.folders)
        return path

    def examples(self, given: str) -> str:
        """Return the path of a file of examples; this program's own are allowed. See `path`."""
        if not given or given.startswith(HUB) or _is_below(Path(given), _own()):
            return given
        self.check(path := self.path(given))
        return str(path)

    def task(self, given: str) -> str:
        """Return a task in words unchanged, a task file as its path. See `path`."""
        is_path = is_task_file(given) or is_file(self.folders[0] / at_home(given))
        return self.examples(given) if is_path else given

    def files(self, task: str, examples: str, answers: Mapping[str, Any]) -> list[str]:
        """Return the files that a call and its task file name; NotAllowedError if one is outside the folders."""
        found = self.named([task, examples, answers], self.folders[0])
        path = Path(task)
        if path.is_absolute() and is_file(path) and path.name.lower().endswith(TASK_ENDINGS):
            found += self.named(parse_yaml(path, path.read_text(encoding="utf-8", errors="replace"))[0], path.parent)
        return [str(path) for path in found]

    def named(self, values: Any, base: Path) -> list[Path]:  # noqa: ANN401  any JSON value
        """Return the existing files among a JSON value's texts; relative paths are below base. See `check`."""
        found = [path for text in _texts(values) if text and is_there(path := base / at_home(text))]
        self.check(*found)
        return found

    def check(self, *paths: Path) -> None:
        """Raise NotAllowedError for a path outside the folders, except this program's own files of examples.

        Files that an evaluation reads outside its folder are checked as well.
        """
        allowed = (*self.folders, *_own())
        for path in paths:
            self._check(path, allowed)
            for each in beyond(path):  # reads the file
                self._check(each, allowed)

    def run(self, name: str) -> Run:
        """Return a run; its folder holds examples, so access to it requires access to their files. See `check`.

        InputError if there is no such run; for "last", if there is none with files inside.
        """
        if name == LAST:
            for folder in folders():
                with contextlib.suppress(AdvisorError):  # damaged, or of other files
                    return self._opened(folder)
            raise InputError("there is no run on files of these folders yet; start_run makes one")
        try:
            folder = find_run(name)
        except AdvisorError as error:
            error.ways = ()  # do not name runs on files outside
            raise
        if folder.parent != runs_dir():  # named by its path
            self.path(str(folder.absolute()))
        return self._opened(folder)

    def _opened(self, folder: Path) -> Run:
        run = open_run(folder)
        self.check(Path(examples_of(run)))
        return run

    def _check(self, path: Path, folders: tuple[Path, ...]) -> None:
        if not _is_below(path, folders):
            known = one_line(", ".join(map(str, self.folders)), 120)
            raise NotAllowedError(
                f"{one_line(path, 120)}: lies outside the folders that this server may read ({known}); name a file in "
                "them, or ask the user to start `advisor mcp` with --folder DIR"
            )


def examples_of(run: Run) -> str:
    """Return the path of a run's file of examples, the root if the run does not name one."""
    return str(((run.origin.get("files") or {}).get("examples") or {}).get("path") or "/")


def _own() -> tuple[Path, ...]:
    """Return the folders of this program's own examples: sheets to label, and public data sets."""
    from huggingface_hub.constants import HF_HUB_CACHE

    return tuple(path.resolve() for path in (labels_dir(), Path(HF_HUB_CACHE)))


def _is_below(path: Path, folders: tuple[Path, ...]) -> bool:
    try:
        return any(path.resolve().is_relative_to(folder) for folder in folders)
    except (OSError, ValueError, RuntimeError):  # no path at all, or links in a circle
        return False


def _texts(values: Any) -> Iterator[str]:  # noqa: ANN401  any JSON value
    if isinstance(values, str):
        yield values
    elif isinstance(values, dict | list):
        for each in values.values() if isinstance(values, dict) else values:
            yield from _texts(each)
