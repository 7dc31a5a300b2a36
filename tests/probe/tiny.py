"""Tiny models of real architectures that really learn a toy task, built once by the real libraries.

Each is a folder as `save_pretrained` makes it, of a few hundred kilobytes at most. The building runs in a process of
its own (`tiny_models`), so the tests' process never imports torch. What each knows:

- "classify": BERT; says GLAD or SAD of a text with a word of `MOODS`.
- "entail": BERT with contradiction, neutral, entailment; knows whether "This example is glad." follows from such a
  text.
- "compare": BERT with one number; near 1 for two texts of one mood, near 0 otherwise.
- "tag": BERT with B-/I- labels PER and LOC; knows `PEOPLE` and `PLACES`, which its tokenizer cuts into pieces.
- "read": BERT; answers "who came ?" and "where ?" from "ada lovelace came to paris today .", else nothing.
- "t5", "bart", "marian": word by word from English to `FRENCH`.
- "mbart": to `FRENCH` or `GERMAN`, by the language code asked for.
- "chat": Llama with a chat template; answers glad or sad. "plain": the same without a template.
- "vit": says red or blue of an image.
- "whisper": writes "low" or "high" of a tone of 300 or 1,870 Hz. "ctc": wav2vec 2.0; writes "lo" or "hi". "heard":
  wav2vec 2.0; says low or high.
"""

import hashlib
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from filelock import FileLock

from tests.conftest import Home, run_python
from tests.probe.known import FRENCH, GERMAN, MOODS, PEOPLE, PLACES, image, tone
from tests.probe.support import GGUF, edit, gguf_folder

BUILDER = Path(__file__).with_name("tiny_models")
EXPORTER, KNOWN = (Path(__file__).with_name(f"{name}.py") for name in ("tiny_onnx", "known"))
ROOT = Path(__file__).parents[2]
KEPT_HOME = "MODEL_ADVISOR_TEST_HOME"

__all__ = [
    "FRENCH", "GERMAN", "MOODS", "PEOPLE", "PLACES", "cut_gguf", "image", "real_variant", "tiny", "tiny_engine",
    "tiny_onnx", "tone",
]  # fmt: skip


@cache
def _base() -> Path:
    """Return the folder of models: named by the builder's own text, so that a changed builder builds them again."""
    code = b"".join(file.read_bytes() for file in [*sorted(BUILDER.glob("*.py")), EXPORTER, KNOWN])
    version = hashlib.sha256(code).hexdigest()[:12]
    kept = os.environ.get(KEPT_HOME)
    base = Path(kept) if kept else Path(tempfile.mkdtemp(prefix="tiny-models-"))
    return base / "tiny" / version


def tiny(kind: str) -> Path:
    """Return the folder of a tiny model, built by the first who asks. Treat it as read-only; copy it to break it."""
    return _built(_base() / kind, ["-m", "tests.probe.tiny_models", kind])


def _built(folder: Path, command: list[str]) -> Path:
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock")), tempfile.TemporaryDirectory(dir=folder.parent) as work:
            if not folder.exists():
                done = run_python(*command, made := Path(work, folder.name))
                assert done.returncode == 0, done.stderr[-3000:]
                made.rename(folder)
    return folder


def tiny_onnx(kind: str) -> Path:
    """Return the folder of a tiny BERT ("classify", "entail", "tag" or "read") exported to ONNX: fp32 and int8."""
    source, folder = tiny(kind), _base() / f"onnx-{kind}"
    return _built(folder, ["-m", "tests.probe.tiny_onnx", str(source)])


def real_variant(kind: str, source: Path) -> Path:
    """Return the folder of a variant of a real model ("graphs", "gguf" or "cut"), made by `real_variants`."""
    builder = ROOT / "tests" / "candidates" / "real_variants.py"
    version = hashlib.sha256(builder.read_bytes() + str(source).encode()).hexdigest()[:12]
    return _built(_base().parent / f"{kind}-{version}", ["-m", "tests.candidates.real_variants", kind, str(source)])


def cut_gguf(home: Home) -> Path:
    """Return the folder of SmolLM2's first two layers: asked as the whole is, in a tenth of the time."""
    return real_variant("cut", gguf_folder(home) / GGUF)


def tiny_engine(kind: str) -> Path:
    """Return the folder of a tiny model of an engine that is an extra, made by `tests.probe.tiny_engines`.<kind>."""
    builder = BUILDER.with_name("tiny_engines") / f"{kind}.py"
    code = b"".join(file.read_bytes() for file in (builder, BUILDER / "common.py", KNOWN))
    version = hashlib.sha256(code).hexdigest()[:12]
    return _built(_base().parent / f"{kind}-{version}", ["-m", f"tests.probe.tiny_engines.{kind}"])


def changed(kind: str, tmp_path: Path, part: str = "", config_file: str = "config.json", **config: Any) -> Path:
    """Copy such a model, or one of its parts, with its configuration changed; what is None is taken out."""
    folder = shutil.copytree(tiny_engine(kind) / part, tmp_path / "model")
    edit(folder / config_file, **config)
    return folder
