"""One test over a table of cases, where they all test one rule: every row runs, and each that fails is shown."""

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any


def for_each(names: str | Sequence[str], rows: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a test for each row of a table, as `pytest.mark.parametrize` would, but as one test.

    Args:
        names: The arguments that a row gives, as `parametrize` takes them.
        rows: For each case its values; with one name, the value alone. Each has a `tmp_path` of its own.
    """
    given = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    cases = [row if len(given) > 1 else (row,) for row in rows]

    def over(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def all_rows(**fixtures: Any) -> None:
            failed: list[Exception] = []
            folder: Path | None = fixtures.get("tmp_path")
            for number, row in enumerate(cases):
                if folder is not None:
                    fixtures["tmp_path"] = folder / str(number)
                    fixtures["tmp_path"].mkdir()
                try:
                    test(**dict(zip(given, row, strict=True)), **fixtures)
                except Exception as error:  # noqa: BLE001  shown with the others below
                    error.add_note(f"row: {row!r}"[:500])
                    failed.append(error)
            if failed:
                raise ExceptionGroup(f"{len(failed)} of {len(cases)} rows", failed)

        signature = inspect.signature(test)
        kept = [one for name, one in signature.parameters.items() if name not in given]
        all_rows.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
        return all_rows

    return over
