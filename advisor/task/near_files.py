"""Finds the files that a table's cells name, and reads their texts."""

import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from functools import lru_cache
from itertools import islice, takewhile
from pathlib import Path

from advisor.task.folder_files import IMAGE, SOUND, TEXT, file_text
from advisor.task.folder_kinds import MOST, MOST_BELOW, is_known

_DEEPEST = 3  # folders below the table's are searched
_MOST_TEXTS = 5000  # are held
_LONGEST_PATH = 1000  # characters; a longer cell names no file
_TEXT_OF = "text of "


def files_near(folder: Path) -> dict[str, str]:
    """Return the pictures, recordings and texts in a folder or below it, by every name that a table may use for them.

    These are the relative path and the name alone, with and without the ending, case folded. Of a file and its copies
    in deeper folders a name means the file; ambiguous ones are left out. OSError if the folder cannot be read.
    """
    folders, known = [folder], {folder.resolve()}
    for each in folders:  # grows in the loop
        if len(each.relative_to(folder).parts) < _DEEPEST and len(folders) <= MOST_BELOW:
            with suppress(*((OSError,) if each != folder else ())), os.scandir(each) as listed:
                inside = [Path(one) for one in islice(listed, MOST) if not one.name.startswith(".") and one.is_dir()]
                folders += [one for one in inside if not is_known(one, known)]
    changed = []
    for each in folders[: MOST_BELOW + 1]:
        with suppress(OSError):  # skip folders that vanished or are unreadable
            changed.append((each, each.stat().st_mtime_ns))
    return _by_name(folder, tuple(changed))


@lru_cache(maxsize=4)
def _by_name(folder: Path, changed: tuple[tuple[Path, int], ...]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for each, _ in changed:
        with suppress(OSError):
            for file in islice(each.iterdir(), MOST):
                if file.suffix.lower() in (*SOUND, *IMAGE, *TEXT) and not file.name.startswith("."):
                    at = file.relative_to(folder)
                    for name in (at.as_posix(), at.with_suffix("").as_posix(), at.name, at.stem):
                        found.setdefault(name.casefold(), set()).add(at.as_posix())
    return {name: above for name, files in found.items() if (above := _above(files))}


def _above(files: Collection[str]) -> str:
    """Return the original if all other files are copies, below its folder or in a copy of it; "" if there is none."""
    first = min(files, key=lambda file: file.count("/"))
    under = first[: first.rfind("/") + 1]
    is_copied = all(
        each == first or each.endswith(f"/{first}") or (each.startswith(under) and "/" in each[len(under) :])
        for each in files
    )
    return first if is_copied else ""


def text_column(name: str) -> str:
    """Return the name of the column with the texts of the files in another column."""
    return f"{_TEXT_OF}{name}"


def named_by(column: str) -> str | None:
    """Return the column of files whose texts a column holds; None if its name is not made by `text_column`."""
    return column.removeprefix(_TEXT_OF) if column.startswith(_TEXT_OF) else None


class Named:
    """The files near a table that the cells of one column name.

    Paths may be relative to another folder, such as the project's: the common beginning of all cells is cut.
    """

    def __init__(self, cells: Collection[str], files: Mapping[str, str]) -> None:
        paths = [path for path in map(_as_path, cells) if len(path) <= _LONGEST_PATH]
        levels = zip(*(path.split("/")[:-1] for path in paths), strict=False)
        shared = sum(1 for _ in takewhile(lambda level: len(set(level)) == 1, levels))
        counts = {cut: sum(_after(cut, path) in files for path in paths) for cut in range(shared + 1)}
        self._files, self._cut = files, max(counts, key=lambda cut: (counts[cut], -cut))
        self.count = counts[self._cut]

    def file(self, cell: object) -> str | None:
        """Return the file that a cell names, relative to the table's folder."""
        return self._files.get(_after(self._cut, _as_path(str(cell))))


def _as_path(cell: str) -> str:
    return cell.strip().casefold().replace("\\", "/").removeprefix("./")


def _after(cut: int, path: str) -> str:
    return path.split("/", cut)[-1]


def text_near(file: Path) -> str:
    """Return the text of a file named in a table. InputError if it is not text. OSError if it cannot be read."""
    return _text_then(file, file.stat().st_mtime_ns).strip()


@lru_cache(maxsize=_MOST_TEXTS)
def _text_then(file: Path, changed: int) -> str:
    del changed
    return file_text(file)
