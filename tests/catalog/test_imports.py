"""What importing and searching load."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
_HEAVY = (
    "numpy", "faiss", "tokenizers", "torch", "transformers", "sentence_transformers", "sklearn", "wordllama", "duckdb",
)  # fmt: skip


def _loaded(code: str, *arguments: str) -> set[str]:
    """Which of the heavy packages a fresh interpreter has loaded after the code."""
    report = f"{code}\nimport sys\nprint(*[m for m in {_HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", report, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    """Not even numpy."""
    assert _loaded("import catalog, catalog.card, catalog.query.filters, catalog.query.search") == set()


def test_searching_loads_numpy_and_the_tokenizer_alone(shipped_folder: Path) -> None:
    """A search of the shipped catalog needs neither torch nor FAISS, and looking up an id not even numpy."""
    opening = "import sys, pathlib\nfrom catalog import open_catalog\nc = open_catalog(pathlib.Path(sys.argv[1]))\n"
    assert _loaded(opening + "c.get('gpt2')", str(shipped_folder)) == set()
    assert _loaded(opening + "c.search('spam')", str(shipped_folder)) <= {"numpy", "tokenizers"}
