"""fastText classifiers, such as language identifiers: linear models of a text's words and character n-grams.

After the library's own reader, https://github.com/facebookresearch/fastText (args.cc, dictionary.cc).
"""

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

from advisor.engines.base import CannotLoadError, Load, Ranked
from advisor.engines.engine import Engine, Files
from advisor.formats.folder import Form, ModelFolder, UnusableError
from advisor.formats.variants import Variant, Variants
from advisor.system.plugins import installed_version

MAGIC = 793_712_314
NEWEST_VERSION = 12
# Training arguments: twelve integers and a double; the eighth is the kind of model.
_SETTINGS = struct.Struct("<12id")
_KIND, SUPERVISED = 7, 3
_SIZES = struct.Struct("<3i2q")
_ENTRY_END = struct.Struct("<qb")
_LABEL = 1
PREFIX = "__label__"
# Labels are at the end of the dictionary; in a larger one they are not read.
MOST_BYTES = 64 << 20
MOST_ENTRIES = 4_000_000


class Header(NamedTuple):
    """A file's header; without labels if the dictionary is too large."""

    is_classifier: bool
    labels: tuple[str, ...]


def read_header(path: Path) -> Header:
    """Read the header of a fastText file.

    ValueError if it is not a fastText file, or a damaged one. OSError if it cannot be read.
    """
    with path.open("rb") as stream:
        magic, version = struct.unpack("<2i", _read(stream, 8))
        if magic != MAGIC or version > NEWEST_VERSION:
            raise ValueError("is not a fastText file")
        kind = _SETTINGS.unpack(_read(stream, _SETTINGS.size))[_KIND]
        entries, _words, labels, _tokens, _pruned = _SIZES.unpack(_read(stream, _SIZES.size))
        if not 0 <= labels <= entries:
            raise ValueError("is damaged: its dictionary has fewer entries than labels")
        if kind != SUPERVISED:
            return Header(is_classifier=False, labels=())
        if entries > MOST_ENTRIES:
            return Header(is_classifier=True, labels=())
        return Header(is_classifier=True, labels=_labels(stream.read(MOST_BYTES), entries, labels))


def _labels(dictionary: bytes, entries: int, count: int) -> tuple[str, ...]:
    found: list[str] = []
    begin = 0
    for _ in range(entries):
        end = dictionary.find(b"\0", begin)
        after = end + 1 + _ENTRY_END.size
        if end < 0 or after > len(dictionary):
            if len(dictionary) < MOST_BYTES:
                raise ValueError("is damaged or cut short")
            return ()
        if _ENTRY_END.unpack_from(dictionary, end + 1)[1] == _LABEL:
            found.append(dictionary[begin:end].decode("utf-8", "replace"))
        begin = after
    if len(found) != count:
        raise ValueError("is damaged: its dictionary lacks labels")
    return tuple(label.removeprefix(PREFIX) for label in found)


def _read(stream: IO[bytes], count: int) -> bytes:
    content = stream.read(count)
    if len(content) < count:
        raise ValueError("is damaged or cut short")
    return content


# Full precision, and quantised by the library.
PRECISIONS = {".bin": "fp32", ".ftz": "int8"}
# Pickles may have the same suffix.
_NOT_ITS = ("pytorch_model", "training_args", "optimizer", "scheduler", "rng_state")
DISTRIBUTION = "fasttext-predict"


def _is_own(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) == struct.pack("<i", MAGIC)


def _forms(folder: ModelFolder) -> Iterator[Form]:
    """Yield a form for each classifier; files of word vectors are skipped."""
    found = sorted(path.name for end in PRECISIONS for path in folder.path.glob(f"*{end}"))
    names = [name for name in found if folder.has(name) and _is_own(folder.path / name)]
    try:
        headers = [(name, read_header(folder.path / name)) for name in names]
    except ValueError as error:
        raise UnusableError(f"holds a fastText file that {error}") from None
    if names and not any(header.is_classifier for _, header in headers):
        raise UnusableError("holds only fastText's word vectors, which cannot classify")
    for name, header in headers:
        if header.is_classifier:
            precision = PRECISIONS[name[-4:]]
            size = folder.size(name)
            yield Form(ENGINE.name, (name,), size, precision, None, header.labels, "classify")


def _every(names: Sequence[str]) -> list[Variant]:
    its = (name for name in sorted(names) if "/" not in name and not name.startswith(_NOT_ITS))
    found = [Variant(PRECISIONS[name[-4:]], (name,)) for name in its if name[-4:] in PRECISIONS]
    return sorted(found, key=lambda each: (each.files[0] != "model.bin", each.precision != "fp32"))


def _usual(names: Sequence[str]) -> list[Variant]:
    """Return one file of each precision; the repository may also have older versions."""
    return list({each.precision: each for each in reversed(_every(names))}.values())[::-1]


ENGINE = Engine(
    name="fasttext",
    module=__name__,
    library="fasttext",
    distribution=DISTRIBUTION,
    extra="fasttext",
    base_memory_bytes=142_000_000,
    abilities={"text-classification": "classify"},
    libraries=frozenset({"fasttext"}),
    formats=frozenset({"fasttext"}),
    files=Files(small=("*.json", "*.txt"), suffixes=tuple(PRECISIONS)),
    variants=Variants(_every, _usual),
    forms=_forms,
    working_share=0.0,
    seconds_per_character=5e-7,  # lid.176
    largest_batch=256,
)


class FastTextClassifier:
    """A supervised model; labels are without the library's prefix."""

    device = "cpu"

    def __init__(self, model: Any, labels: tuple[str, ...]) -> None:  # noqa: ANN401  the library's own type
        self._model = model
        self.labels = labels or tuple(label for label, _ in self._ranked("a"))
        installed = installed_version(DISTRIBUTION)  # the original package has the same import name
        self.engine = f"fastText ({f'{DISTRIBUTION} {installed}' if installed else 'fasttext'})"
        self.facts: dict[str, Any] = {}

    def classify(self, texts: Sequence[str]) -> list[list[Ranked]]:
        """Return the model's labels for each text, most probable first; a text's lines are read as one."""
        return [[Ranked(*each) for each in self._ranked(text)] for text in texts]

    def _ranked(self, text: str) -> list[tuple[str, float]]:
        line = " ".join(text.split()).encode("utf-8", "replace").decode()
        labels, chances = self._model.predict(line, k=-1, on_unicode_error="replace")
        return [(label.removeprefix(PREFIX), min(1.0, float(p))) for label, p in zip(labels, chances, strict=True)]


def load(request: Load) -> FastTextClassifier:
    """Load a file; the number of threads is not used."""
    import fasttext

    path = request.path / request.files[0]
    try:
        return FastTextClassifier(fasttext.load_model(str(path)), read_header(path).labels)
    except Exception as error:  # noqa: BLE001  the library raises its own of many types
        raise CannotLoadError(f"{path.name} cannot be loaded; it may be damaged or cut short ({error})") from None
