"""Reads rows from Parquet files."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from advisor.errors import InputError, one_line
from advisor.system.source import place
from advisor.task.record import Row, need_columns

# One thread suffices for some thousand rows; nothing is fetched; a value of gigabytes ends in an error.
_SETTINGS = {"threads": "1", "memory_limit": "1GB", "autoinstall_known_extensions": "false"}
# Otherwise the engine would turn folders named key=value into columns.
_SOURCE = "FROM read_parquet(?, hive_partitioning = false)"


def read_parquet(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    """Yield the rows of a Parquet file, with the named columns only, or all if none is named.

    InputError naming the file.
    """
    with _opened(path) as (connection, kinds):
        names = tuple(kinds)
        need_columns(path, 1, names, columns)
        columns = columns or names
        # By position: names from outside never enter the statement, other columns are not read.
        places = {name: f"#{at}" for at, name in enumerate(names, 1)}
        # A float of 32 bits is what it is written as: 3.45, not 3.45000004768372.
        single = {
            name: f"CAST(CAST({at} AS VARCHAR) AS DOUBLE)" for name, at in places.items() if kinds[name] == "FLOAT"
        }
        wanted = ", ".join((places | single)[name] for name in columns)
        connection.execute("SELECT value FROM parquet_kv_metadata(?) WHERE key = 'huggingface'", [_literal(path)])
        labels = label_names(*(connection.fetchone() or (None,)))
        connection.execute(f"SELECT {wanted} {_SOURCE}", [_literal(path)])
        for number, record in enumerate(iter(connection.fetchone, None), 1):
            yield Row(number, {name: named(labels.get(name), cell) for name, cell in zip(columns, record, strict=True)})


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, dict[str, str]]]:
    """Yield the engine and the types of the file's columns by their names.

    InputError naming the file, for any error of the engine in the meantime.
    """
    import duckdb  # a heavy import, for this format only

    with duckdb.connect(config=_SETTINGS) as connection:
        try:
            connection.execute(f"SELECT * {_SOURCE} LIMIT 0", [_literal(path)])
            yield connection, {str(column[0]): str(column[1]) for column in connection.description or ()}
        # Besides its own errors the engine raises its binding's, e.g. for a column's name that is not UTF-8.
        except (duckdb.Error, ValueError, OverflowError, RuntimeError) as error:
            reason = one_line(str(error).partition("\n")[0], 200)
            raise InputError(
                f"{place(path)}: is not a readable Parquet file ({reason}); write the file again"
            ) from None


def label_names(metadata: bytes | None) -> dict[str, list[str]]:
    """Return the names of labels that the Hub's `datasets` writes as numbers, by column, from a file's metadata."""
    try:
        features = json.loads(metadata)["info"]["features"] if metadata is not None else {}
        # A list of labels, such as a sentence's tags, has their names a level deeper.
        inner = {name: each.get("feature", each) if isinstance(each, dict) else each for name, each in features.items()}
        inner = {name: each[0] if isinstance(each, list) and each else each for name, each in inner.items()}
        return {
            name: each["names"]
            for name, each in inner.items()
            if isinstance(each, dict) and isinstance(each.get("names"), list) and each.get("_type") == "ClassLabel"
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def named(names: list[str] | None, cell: object) -> object:
    """Return a cell, or a list's, with a label's number replaced by its name; -1 is a missing label.

    Keys of maps become texts.
    """
    if names is not None and isinstance(cell, list):
        return [named(names, each) for each in cell]
    if names is None or isinstance(cell, bool) or not isinstance(cell, int):
        return _with_texts(cell)
    return names[cell] if 0 <= cell < len(names) else None if cell == -1 else cell


def _with_texts(cell: object) -> object:
    """Return a cell whose maps have texts as keys, as objects in JSON do."""
    if isinstance(cell, dict):
        return {str(key): _with_texts(value) for key, value in cell.items()}
    return list(map(_with_texts, cell)) if isinstance(cell, list) else cell


def _literal(path: Path) -> str:
    """Return a path as the engine's literal, with wildcards escaped in brackets."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))
