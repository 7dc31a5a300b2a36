"""Pickles are checked without unpickling: those of plain tensors pass, all others are refused and never run."""

import builtins
import copyreg
import io
import pickle
import pickletools
import subprocess
import sys
import zipfile
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from pathlib import Path
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.formats import pickles
from advisor.formats.pickles import MOST_BYTES, NAMES, why_refused
from tests.formats.checkpoints import NUMBERS, OLD_TENSOR, ONE_TENSOR, archive, evil_pickles, old
from tests.tables import for_each

REAL = """
import sys, torch
from collections import OrderedDict
from pathlib import Path
folder = Path(sys.argv[1])
state = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2)).state_dict()
kinds = ("float16", "bfloat16", "float64", "int64", "int32", "int16", "int8", "uint8", "bool", "complex64")
state |= {kind: torch.zeros(2, dtype=getattr(torch, kind)) for kind in kinds}
state["parameter"] = torch.nn.Parameter(torch.ones(2))
state["view"] = state["0.weight"].t()
torch.save(state, folder / "new.bin")
torch.save(dict(state), folder / "mapping.bin")
torch.save({"state_dict": state, "epoch": 3, "best": 0.5, "names": ["a", None, True]}, folder / "trained.bin")
torch.save(state, folder / "old.bin", _use_new_zipfile_serialization=False)
more = state | {"float8": torch.zeros(2).to(torch.float8_e4m3fn), "uint16": torch.zeros(2, dtype=torch.uint16)}
torch.save(more, folder / "newer.bin")
torch.save(torch.nn.Linear(2, 2), folder / "module.bin")
torch.save({"weights": state, "arguments": Path("x")}, folder / "path.bin")
torch.save(state, folder / "protocol4.bin", pickle_protocol=4)
torch.jit.script(torch.nn.Linear(2, 2)).save(folder / "script.bin")
(folder / "made.bin").write_bytes((folder / "new.bin").read_bytes()[:-1])
for name in ("hand.bin", "hand_old.bin"):
    assert torch.load(folder / name, weights_only=True)["w"].tolist() == [1.0, 2.0]
"""
PASS = ("new.bin", "mapping.bin", "trained.bin", "old.bin", "newer.bin", "hand.bin", "hand_old.bin")


def reason(content: bytes, folder: Path) -> str | None:
    file = folder / "pytorch_model.bin"
    file.write_bytes(content)
    return why_refused(file)


def test_what_torch_writes(tmp_path: Path) -> None:
    """Tensors, parameters and plain values pass, in the old format too; modules and objects do not."""
    (tmp_path / "hand.bin").write_bytes(archive(ONE_TENSOR))
    (tmp_path / "hand_old.bin").write_bytes(old())
    subprocess.run([sys.executable, "-W", "ignore", "-c", REAL, str(tmp_path)], check=True)
    assert {name: why_refused(tmp_path / name) for name in PASS} == dict.fromkeys(PASS)
    said = {path.name: why_refused(path) for path in tmp_path.iterdir() if path.name not in PASS}
    assert str(said.pop("path.bin")).startswith("holds more than plain tensors (its pickle names pathlib.")
    assert said == {
        "module.bin": "holds more than plain tensors (its pickle names torch.nn.modules.linear.Linear)",
        "protocol4.bin": "has a pickle that is not read as plain tensors (it uses FRAME)",
        "script.bin": "is an archive that torch did not write",
        "made.bin": "is damaged or cut short",
    }


@pytest.mark.skipif(sys.platform == "win32", reason="the pickles name posix.system")
def test_pickles_that_would_run_code_never_do(tmp_path: Path) -> None:
    """Bare, in an archive and in the old format; unpickling it does run the code, which shows that the test is real."""
    note = tmp_path / "note"
    for how, evil in evil_pickles(note).items():
        pickle.loads(evil)  # noqa: S301  made here
        assert note.exists(), how
        note.unlink()
        assert reason(evil, tmp_path) == "is no checkpoint that torch saved", how
        for content in (archive(evil), old(evil), old(end=evil)):
            assert "plain tensors" in str(reason(content, tmp_path)), how
        assert not note.exists(), how


def test_an_extension_number_is_refused(tmp_path: Path) -> None:
    """A number may stand for any function that a program has registered, such as eval."""
    note = tmp_path / "note"
    copyreg.add_extension("builtins", "eval", 201)
    try:
        call = f"open({str(note)!r}, 'w').close()"
        evil = b"\x80\x02\x82\xc9X%b%b\x85R." % (len(call).to_bytes(4, "little"), call.encode())
        pickle.loads(evil)  # noqa: S301  made here
        assert note.exists()
        note.unlink()
        assert "it uses EXT1" in str(reason(archive(evil), tmp_path))
    finally:
        copyreg.remove_extension("builtins", "eval", 201)
    assert not note.exists()


def test_archives_that_readers_could_interpret_differently(tmp_path: Path) -> None:
    """Two files of one name, a second archive, something in front or behind, another pickle, compression."""
    evil = evil_pickles(tmp_path / "note")["reduce"]
    good = archive(ONE_TENSOR)
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = archive(evil, ("archive/data.pkl", ONE_TENSOR))
    for content, words in (
        (twice, "is an archive that torch did not write"),
        (archive(ONE_TENSOR, ("archive/DATA.PKL", evil)), "is an archive that torch did not write"),
        (archive(ONE_TENSOR, ("archive/inner/data.pkl", evil)), "holds another pickle, archive/inner/data.pkl"),
        (archive(ONE_TENSOR, ("other/data.pkl", evil)), "is an archive that torch did not write"),
        (archive(ONE_TENSOR, ("archive/constants.pkl", evil)), "holds another pickle, archive/constants.pkl"),
        (archive(evil) + good, "is an archive that torch did not write"),
        (good + b"more", "is damaged or cut short"),
        (b"PK\x03\x04" + good, "is an archive that torch did not write"),
        (archive(ONE_TENSOR, compression=zipfile.ZIP_DEFLATED), "is an archive that torch did not write"),
        (archive(archive(evil)), "is damaged or cut short"),
        (archive(b"\x80\x02P\\A\n."), "has a pickle that is not read as plain tensors (it uses PERSID)"),
        (archive(b"\x80\x02c\\A\n\\B\n."), r"holds more than plain tensors (its pickle names \A.\B)"),
        (good.replace(b"data.pkl", b"data.txt"), "holds no data.pkl"),
        (archive(ONE_TENSOR + b"." * MOST_BYTES), "has a pickle of over 8 MB"),
        (b"", "is no checkpoint that torch saved"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is no checkpoint that torch saved"),
    ):
        assert reason(content, tmp_path) == words, words
    # A whole archive among the values of a tensor is never opened by any reader.
    assert reason(archive(ONE_TENSOR, ("archive/data/1", archive(evil))), tmp_path) is None
    assert not (tmp_path / "note").exists()


@for_each("at", range(0, len(archive(ONE_TENSOR)), 7))
def test_a_file_that_is_cut_short_is_refused(tmp_path: Path, at: int) -> None:
    assert reason(archive(ONE_TENSOR)[:at], tmp_path) is not None


def test_the_old_format_cut_short(tmp_path: Path) -> None:
    """Each of its pickles must be there; the numbers are torch's to count."""
    whole = old()
    said = {reason(whole[:at], tmp_path) for at in range(15, len(whole) - len(NUMBERS) - 8)}
    assert said == {"is damaged or cut short"}


def test_old_versions_of_torch_open_no_pickle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their restriction to tensors can be bypassed; without torch nothing would be opened."""
    file = tmp_path / "pytorch_model.bin"
    file.write_bytes(archive(ONE_TENSOR))
    for installed, is_read in (("2.5.1+cpu", False), ("1.13.1", False), ("2.6.0", True), ("2.10.0.dev1", True)):
        monkeypatch.setattr(pickles, "version", lambda _, installed=installed: installed)
        pickles._old_torch.cache_clear()
        said = why_refused(file)
        assert (said is None) == is_read, installed
        assert is_read or f"torch {installed} does not read safely: install torch 2.6" in str(said)
    monkeypatch.undo()
    pickles._old_torch.cache_clear()


def test_names_mean_the_same_to_every_reader() -> None:
    """None of them is renamed on the way, as names of Python 2 are."""
    for named in NAMES:
        module, name = named.split(" ")
        assert (module, name) not in NAME_MAPPING
        assert module not in IMPORT_MAPPING
        assert module not in sys.stdlib_module_names or named == "collections OrderedDict"
        assert not hasattr(builtins, module)


def test_a_name_that_one_reader_unescapes_is_refused(tmp_path: Path) -> None:
    """The library that lists opcodes takes a backslash for an escape, a reader of pickles does not."""
    hidden = ONE_TENSOR.replace(b"FloatStorage", rb"Float\x53torage")
    opcodes = [argument for opcode, argument, _ in pickletools.genops(hidden) if opcode.name == "GLOBAL"]
    assert "torch FloatStorage" in opcodes
    assert "its pickle names torch.FloatStorage" in str(reason(archive(hidden), tmp_path))


class _Asked(Exception):  # noqa: N818  not an error of the program
    """Unpickling named something that is not on the list."""


class _Stub:
    """Stub for anything that a pickle names; can be called, filled and set."""

    def __new__(cls, *_: object) -> Self:
        return object.__new__(cls)

    def __setstate__(self, state: object) -> None:
        pass

    def __setitem__(self, key: object, value: object) -> None:
        pass


class _Watched(pickle.Unpickler):
    """Python's own reader, which makes stubs of what is named."""

    def find_class(self, module: str, name: str) -> type:
        if f"{module} {name}" not in NAMES:
            raise _Asked(f"{module} {name}")
        return _Stub

    def persistent_load(self, pid: object) -> _Stub:
        return _Stub()


def names_others(content: bytes) -> bool:
    """Return whether Python's own reader would name something else on the way through a pickle."""
    try:
        _Watched(io.BytesIO(content)).load()
    except _Asked:
        return True
    except Exception:  # noqa: BLE001  whatever else a broken pickle leads to
        return False
    return False


_EVIL = evil_pickles(Path("/nonexistent/note"))
_PIECES = (
    *(b"cposix\nsystem\n", b"ctorch\nFloatStorage\n", b"ccollections\nOrderedDict\n", b"iposix\nsystem\n", b"\x93"),
    *(b"X\x05\x00\x00\x00posix", b"\x8c\x06system", b"h\x00", b"q\x00", b"\x94", b"(", b"t", b"R", b"o", b"\x81", b"b"),
    *(b"}", b"]", b")", b"N", b"K\x01", b"s", b"u", b"a", b"e", b"Q", b"0", b"2", b"\x82\x01", b"\x95", b"\x80\x02"),
    *(b"Pposix\n", b"Vtorch\n", b"\x85", b"\x86", b"1"),
)


@given(st.lists(st.sampled_from(_PIECES), max_size=14))
def test_no_pickle_that_passes_names_anything_else(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]
) -> None:
    """By Python's own reader, which carries out what the check only reads."""
    assert all(map(names_others, _EVIL.values()))
    content = b"".join(pieces) + b"."
    folder = tmp_path_factory.getbasetemp()
    if reason(archive(content), folder) is None or reason(old(content), folder) is None:
        assert not names_others(content)


@given(st.sampled_from([ONE_TENSOR, *_EVIL.values()]), st.data())
def test_a_changed_pickle_that_passes_names_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, whole: bytes, data: st.DataObject
) -> None:
    """Any byte of a sound or an evil one may be another, or a piece may stand elsewhere."""
    at = data.draw(st.integers(0, len(whole) - 1))
    piece = data.draw(st.binary(max_size=3) | st.sampled_from(_PIECES))
    content = whole[:at] + piece + whole[at + data.draw(st.integers(0, 3)) :]
    if reason(archive(content), tmp_path_factory.getbasetemp()) is None:
        assert not names_others(content)


@given(st.sampled_from([b"", b"PK\x03\x04", archive(ONE_TENSOR)[:200], old(OLD_TENSOR)[:15]]), st.binary(max_size=300))
def test_whatever_a_file_holds_nothing_is_raised(
    tmp_path_factory: pytest.TempPathFactory, begin: bytes, rest: bytes
) -> None:
    """It is refused with a line, or holds tensors alone."""
    assert reason(begin + rest, tmp_path_factory.getbasetemp()) is not None


@given(st.integers(0, len(archive(ONE_TENSOR)) - 1), st.integers(0, 255))
def test_a_changed_archive_raises_nothing(tmp_path_factory: pytest.TempPathFactory, at: int, byte: int) -> None:
    whole = archive(ONE_TENSOR)
    said = reason(whole[:at] + bytes([byte]) + whole[at + 1 :], tmp_path_factory.getbasetemp())
    assert said is None or said
