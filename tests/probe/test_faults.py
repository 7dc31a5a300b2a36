"""Real weight files, broken: each ends its candidate with one readable line that names the thing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from advisor.candidates.layout import inspect
from advisor.probe.protocol import ProbeSpec
from advisor.probe.supervisor import ProbeFailedError, Worker
from tests.conftest import Home, run_advisor
from tests.formats.checkpoints import archive, evil_pickles
from tests.probe.support import GGUF, LIMITS, copy, edit, gguf_folder, minilm_folder, onnx_folder, spec, static_folder
from tests.tables import for_each


def halve(file: Path) -> None:
    """Cut a file short, as a broken download does."""
    content = file.read_bytes()
    file.unlink()  # it may be a link into the Hub cache
    file.write_bytes(content[: len(content) // 2])


def replace(file: Path, content: str) -> None:
    file.unlink(missing_ok=True)
    file.write_text(content, encoding="utf-8")


def remove(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).unlink()


def small_tokenizer(file: Path, tokens: int) -> None:
    """Write a real tokenizer of some other model, with so many words."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel

    vocabulary = {"[UNK]": 0} | {f"word{number}": number for number in range(1, tokens)}
    file.unlink(missing_ok=True)
    Tokenizer(WordLevel(vocabulary, unk_token="[UNK]")).save(str(file))  # noqa: S106  a token of another kind


def reason_for(tmp_path: Path, what: ProbeSpec) -> str:
    """Load with a real worker and return why it fails."""
    with Worker(what, LIMITS, tmp_path / "log") as worker, pytest.raises(ProbeFailedError) as caught:
        worker.load()
    reason = str(caught.value)
    assert "\n" not in reason
    assert len(reason) <= 500
    assert "Traceback" not in reason
    return reason


def check(tmp_path: Path, what: ProbeSpec, fault: tuple[Callable[[Path], None], tuple[str, ...]]) -> None:
    """Damage a model's folder, and check that the reason has all its words."""
    deed, words = fault
    deed(Path(what.path))
    reason = reason_for(tmp_path, what)
    assert all(word in reason for word in words), reason


Faults = dict[str, tuple[Callable[[Path], None], tuple[str, ...]]]
WEIGHTS, TOKENIZER, DAMAGED = "model.safetensors", "tokenizer.json", "damaged or cut short"


def broken(file: str, why: str, *kinds: str) -> Faults:
    """Return the damages of a weight file, all with the same reason."""
    deeds: dict[str, Callable[[Path], None]] = {
        "cut short": lambda f: halve(f / file),
        "empty": lambda f: replace(f / file, ""),
        "text": lambda f: replace(f / file, "version https://git-lfs"),
        "weights missing": lambda f: (f / file).unlink(),
    }
    return {kind: (deeds[kind], (file, why)) for kind in kinds}


def foreign(tokens: int, *words: str) -> tuple[Callable[[Path], None], tuple[str, ...]]:
    """Return the fault of a tokenizer of another model, with so many tokens."""
    return lambda f: small_tokenizer(f / TOKENIZER, tokens), (*words, "do not belong together")


NO_TOKENIZER: Faults = {"no tokenizer": (lambda f: (f / TOKENIZER).unlink(), ("has no tokenizer.json",))}
STATIC: Faults = (
    broken(WEIGHTS, DAMAGED, "cut short", "weights missing")
    | NO_TOKENIZER
    | {
        "text": (lambda f: replace(f / TOKENIZER, "not found"), (TOKENIZER, "cannot be read")),
        "larger tokenizer": foreign(40_000, "40000 tokens", "32000"),
        "smaller tokenizer": foreign(8_000, "8000 tokens", "has learned 32000"),
    }
)
ONNX: Faults = (
    broken("model.onnx", "cannot be loaded", "cut short", "weights missing")
    | NO_TOKENIZER
    | {
        "text for a tokenizer": (lambda f: replace(f / TOKENIZER, "{}"), (TOKENIZER, "cannot be read")),
        "larger tokenizer": foreign(40_000, "40000 tokens"),
    }
)
MINILM: Faults = broken(WEIGHTS, DAMAGED, "cut short") | {
    "no tokenizer": (lambda f: remove(f, TOKENIZER, "vocab.txt", "tokenizer_config.json"), ("has no tokenizer files",)),
    "larger tokenizer": foreign(40_000, "tokens", "30522"),
    "smaller tokenizer": foreign(8_000, "tokens", "has learned 30522"),
}
WHISPER: Faults = broken("model.bin", DAMAGED, "cut short", "text") | {
    "no tokenizer": (lambda f: (f / TOKENIZER).unlink(), ("has no tokenizer.json next to model.bin",)),
    "text for a tokenizer": (lambda f: replace(f / TOKENIZER, "not found"), (TOKENIZER, "cannot be read")),
    "another tokenizer": (lambda f: small_tokenizer(f / TOKENIZER, 400), ("tokenizer.json is not of a Whisper model",)),
    "no vocabulary": (lambda f: (f / "vocabulary.txt").unlink(), ("lacks its vocabulary",)),
    "another vocabulary": (
        lambda f: replace(f / "vocabulary.txt", "a\nb\n"),
        ("tokens, its vocabulary 2", "do not belong together"),
    ),
    "garbage for a configuration": (
        lambda f: replace(f / "config.json", "{nothing"),
        ("config.json", "cannot be read"),
    ),
}
# By engine: its model's folder, weights and method, and the damage.
ENGINES: dict[str, tuple[Callable[[Home], Path], str, str, Faults]] = {
    "static": (static_folder, WEIGHTS, "head", STATIC),
    "onnx": (onnx_folder, "model.onnx", "head", ONNX),
    "llama.cpp": (gguf_folder, GGUF, "prompted", broken(GGUF, "cannot be loaded", "empty", "text")),
    "sentence-transformers": (minilm_folder, WEIGHTS, "head", MINILM),
}


@for_each(("engine", "fault"), [(engine, fault) for engine, of in ENGINES.items() for fault in of[3]])
def test_faults(starter_home: Home, tmp_path: Path, engine: str, fault: str) -> None:
    """Weights, tokenizer, and whether they belong together, also if a library would accept them."""
    folder, weights, method, faults = ENGINES[engine]
    model = copy(folder(starter_home), tmp_path / "model")
    check(tmp_path, spec(model, engine, weights, method=method), faults[fault])


@pytest.fixture(scope="module")
def whisper_folder(starter_home: Home) -> Path:
    """Whisper tiny.en as CTranslate2 keeps it, fetched once into the shared Hub cache."""
    run_advisor(starter_home, "models", "starter", "--yes", "--speech", code=0)
    return next((starter_home.hub / "hub" / "models--Systran--faster-whisper-tiny.en" / "snapshots").iterdir())


def linked(folder: Path, target: Path) -> Path:
    """Link a model's files into a folder of its own, so that a test may put others in their place."""
    target.mkdir()
    for file in folder.iterdir():
        (target / file.name).symlink_to(file.resolve())
    return target


@pytest.mark.parametrize("fault", WHISPER)
def test_whisper_faults(whisper_folder: Path, tmp_path: Path, fault: str) -> None:
    """Whisper for CTranslate2: the engine would blame model.bin for faults of other files, or not notice them."""
    folder = linked(whisper_folder, tmp_path / "model")
    listens: dict[str, Any] = {
        "method": "as is",
        "ability": "transcribe",
        "family": "automatic-speech-recognition",
        "teaching": (),
    }
    check(tmp_path, spec(folder, "faster-whisper", "model.bin", labels={}, **listens), WHISPER[fault])


def evil(folder: Path, note: Path) -> None:
    """Put code into a model folder that would create a file if it were run."""
    (folder / "evil.py").write_text(
        f"open({str(note)!r}, 'w').close()\nfrom sentence_transformers.models import Transformer as Evil\n",
        encoding="utf-8",
    )


def own_code_in_modules(folder: Path) -> None:
    """Name a class of the folder's own as its encoder."""
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    modules[0]["type"] = "evil.Transformer"
    replace(folder / "modules.json", json.dumps(modules))


def own_code_in_config(folder: Path) -> None:
    """Name classes of the folder's own in its configuration."""
    edit(folder / "config.json", auto_map={"AutoConfig": "evil.Evil", "AutoModel": "evil.Evil"})


@pytest.mark.parametrize(
    ("deed", "words"),
    [(own_code_in_modules, "evil.Transformer in modules.json"), (own_code_in_config, "auto_map in config.json")],
)
def test_a_models_own_code_is_never_run(
    starter_home: Home, tmp_path: Path, deed: Callable[[Path], None], words: str
) -> None:
    """Neither the listing nor a worker that loads it in spite of that runs a line of it."""
    folder, note = copy(minilm_folder(starter_home), tmp_path / "model"), tmp_path / "note"
    evil(folder, note)
    deed(folder)
    inspection = inspect(folder)
    assert not inspection.forms
    assert words in inspection.reason
    assert words in reason_for(tmp_path, spec(folder, "sentence-transformers", "model.safetensors"))
    assert not note.exists()


def test_pickles_of_more_than_tensors_are_never_loaded(starter_home: Home, tmp_path: Path) -> None:
    """A folder with such a `pytorch_model.bin` alone is listed with its reason, and a worker refuses it."""
    folder, note = copy(minilm_folder(starter_home), tmp_path / "model"), tmp_path / "note"
    (folder / "model.safetensors").unlink()
    for evil in evil_pickles(note).values():
        (folder / "pytorch_model.bin").write_bytes(archive(evil))
        inspection = inspect(folder)
        assert not inspection.forms
        assert "plain tensors" in inspection.reason
        assert not note.exists()
    asked = spec(folder, "sentence-transformers", "pytorch_model.bin")
    assert "its weights file pytorch_model.bin holds more than plain tensors" in reason_for(tmp_path, asked)
    assert not note.exists()


def test_an_engine_that_is_not_installed_says_how(
    starter_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    # Seen first by every worker: it takes the engine away.
    (hidden / "sitecustomize.py").write_text(
        "import importlib.util as u\nreal = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'xllamacpp' else real(name, *more)\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", str(hidden))
    reason = reason_for(tmp_path, spec(gguf_folder(starter_home), "llama.cpp", GGUF, method="prompted"))
    assert reason == "needs the engine xllamacpp: pip install 'model-advisor[gguf]'"
