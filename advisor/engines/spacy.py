"""spaCy pipelines that find spans, on the CPU.

A pipeline is built from its config.cfg, which names functions and components in spaCy's registries. spaCy's own read
only tensors and tables; all others come from some installed package. The format:
https://spacy.io/api/data-formats#config
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from configparser import Error, RawConfigParser
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from advisor.engines.base import CannotLoadError, Load, Span
from advisor.engines.engine import Engine, Files
from advisor.formats.folder import Form, ModelFolder, UnusableError
from advisor.formats.safety import MAX_CONFIG_BYTES, PICKLE, PICKLED, REMOTE_CODE, is_inside, json_map

CONFIG, META = "config.cfg", "meta.json"
# Components that annotate spans, and whether they use weights.
TAGGERS = {"ner": True, "beam_ner": True, "entity_ruler": False, "future_entity_ruler": False}
# Components of spaCy 3; see https://spacy.io/api. Without the entity linker, which reads a file given by name.
OWN_COMPONENTS = frozenset(TAGGERS) | frozenset(
    (
        *("attribute_ruler", "beam_parser", "doc_cleaner", "lemmatizer", "merge_entities", "merge_noun_chunks"),
        *("merge_subtokens", "morphologizer", "parser", "sentencizer", "senter", "span_cleaner", "span_finder"),
        *("span_ruler", "spancat", "spancat_singlelabel", "tagger", "textcat", "textcat_multilabel", "tok2vec"),
        *("token_splitter", "trainable_lemmatizer"),
    )
)
_OWN_FUNCTION = re.compile(r"spacy(?:-legacy)?\.(?!Torch|KBFromFile|copy_from)[\w.]+")
_NAME = re.compile(r"\w[\w\-]*")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_CALLBACKS = ("before_creation", "after_creation", "after_pipeline_creation")
_PICKLED = PICKLED | {".pkl", ".pickle", ".joblib"}
# Protocols 2 to 5 of pickle, and torch's archives of pickles.
_PICKLE_BEGINS = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04")
VECTORS = "vocab/vectors"
LEAST_VECTORS_BYTES = 1024


class Pipeline(NamedTuple):
    """The parts of a folder to load: components in order, their weight files and the labels of their spans."""

    components: tuple[str, ...]
    others: tuple[str, ...]
    files: tuple[str, ...]
    labels: tuple[str, ...]


def read_pipeline(folder: Path, allows: frozenset[str] = frozenset()) -> Pipeline:
    """Return the parts of a pipeline needed to find spans, without loading or running it.

    UnusableError if it finds no spans, lacks a file, or needs code or pickles that are not allowed.
    """
    config = _config(folder / CONFIG)
    kinds = _kinds(config)
    if REMOTE_CODE not in allows and (wish := foreign(config)):
        raise UnusableError(
            f"needs to run code that is not spaCy's own ({wish[:80]} in {CONFIG}), "
            "which is done only if the task allows it by the model's name"
        )
    if PICKLE not in allows and (name := _pickled(folder)):
        raise UnusableError(
            f"holds pickled files ({name[:80]}), which are loaded only if the task allows it by the model's name"
        )
    wanted = _wanted(config, kinds)
    if not wanted:
        raise UnusableError(f"finds no spans: its components are {', '.join(kinds)[:80] or 'none'}")
    missing = [name for name in wanted if TAGGERS.get(kinds[name]) and not is_inside(folder, f"{name}/model")]
    if missing:
        raise UnusableError(f"lacks {missing[0]}/model")
    files = tuple(f"{name}/model" for name in wanted if is_inside(folder, f"{name}/model"))
    if is_inside(folder, VECTORS) and (folder / VECTORS).stat().st_size >= LEAST_VECTORS_BYTES:
        files += (VECTORS,)
    listed = json_map(folder / META).get("labels")
    labels = [listed.get(name) for name in wanted if kinds[name] in TAGGERS] if isinstance(listed, dict) else []
    return Pipeline(
        wanted,
        tuple(name for name in kinds if name not in wanted),
        files or (CONFIG,),
        tuple(dict.fromkeys(str(label) for part in labels if isinstance(part, list) for label in part)),
    )


def foreign(config: Mapping[str, Any]) -> str | None:
    """Return the first function or component in a configuration that is not spaCy's own, None if there is none.

    Of its nested sections only those that a pipeline is built from are checked.
    """
    nlp, components = config.get("nlp") or {}, config.get("components") or {}
    if not _LANGUAGE.fullmatch(str(nlp.get("lang"))):
        return f"the language {nlp.get('lang')}"
    if named := next((key for key in _CALLBACKS if nlp.get(key) is not None), None):
        return f"nlp.{named}"
    for name, component in components.items():
        factory = component.get("factory") if isinstance(component, dict) else None
        if factory not in OWN_COMPONENTS or not _NAME.fullmatch(name):
            return f"the component {name}"
    return next(
        (str(value) for key, value in _values([nlp, components]) if key[:1] == "@" and not _is_ours(value)), None
    )


def _is_ours(value: object) -> bool:
    return isinstance(value, str) and _OWN_FUNCTION.fullmatch(value) is not None


def _values(value: object) -> Iterator[tuple[str, object]]:
    waiting = [value]
    while waiting:  # no recursion: the file determines the depth
        each = waiting.pop()
        if isinstance(each, dict):
            yield from ((str(key), inner) for key, inner in each.items())
            waiting += reversed(each.values())
        elif isinstance(each, list):
            waiting += reversed(each)


def _config(path: Path) -> dict[str, Any]:
    """Return a configuration's sections, nested by their dotted names; values are JSON, else plain text."""
    parser = RawConfigParser(delimiters=("=",), comment_prefixes=("#",), default_section="")
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
    nested: dict[str, Any] = {}
    try:
        with path.open("rb") as file:
            content = file.read(MAX_CONFIG_BYTES + 1)
        if len(content) > MAX_CONFIG_BYTES:
            raise UnusableError(f"its {CONFIG} is too large")
        parser.read_string(content.decode())
        for section in parser.sections():
            place = nested
            for part in section.split("."):
                place = place.setdefault(part, {})
            place.update({key: _value(value) for key, value in parser.items(section)})
    except (OSError, Error, ValueError, AttributeError, RecursionError) as error:
        raise UnusableError(f"its {CONFIG} cannot be read ({type(error).__name__})") from None
    return nested


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _kinds(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the kind of each component of the pipeline by its name, in order, without disabled ones.

    UnusableError if the configuration has another form.
    """
    nlp, components = config.get("nlp"), config.get("components")
    if isinstance(nlp, dict) and isinstance(components, dict):
        order, off = nlp.get("pipeline"), nlp.get("disabled", [])
        if isinstance(order, list) and isinstance(off, list) and all(isinstance(name, str) for name in order):
            known = {name: components.get(name) for name in order if name not in off}
            if all(isinstance(each, dict) for each in known.values()):
                return {name: str(each.get("factory")) for name, each in known.items() if each is not None}
    raise UnusableError(f"its {CONFIG} names no pipeline")


def _wanted(config: Mapping[str, Any], kinds: Mapping[str, str]) -> tuple[str, ...]:
    """Return the components needed to find spans: those that find them, and the vectors that they listen to.

    Rules and components that are not spaCy's own may use any other component's annotations: then all are needed.
    """
    taggers = [name for name, kind in kinds.items() if kind in TAGGERS]
    if not taggers:
        return ()
    if any(not TAGGERS.get(kind, kind in OWN_COMPONENTS) for kind in kinds.values()):
        return tuple(kinds)
    heard = [
        value
        for name in taggers
        for key, value in _values(config["components"][name])
        if key[:1] == "@" and "Listener" in str(value)
    ]
    return tuple(name for name, kind in kinds.items() if name in taggers or (kind == "tok2vec" and heard))


def _pickled(folder: Path) -> str | None:
    """Return a pickled file of the folder, recognised by its name or, if that is ambiguous, by its first bytes."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in _PICKLED and path.is_file():
            with path.open("rb") as file:
                if path.suffix != ".bin" or file.read(4).startswith(_PICKLE_BEGINS):
                    return path.relative_to(folder).as_posix()
    return None


BATCH = 32


def _forms(folder: ModelFolder) -> list[Form]:
    found = read_pipeline(folder.path, folder.allows)
    return [Form(ENGINE.name, found.files, folder.size(*found.files), "fp32", None, found.labels, "tag")]


ENGINE = Engine(
    name="spacy",
    module=__name__,
    library="spacy",
    extra="spacy",
    base_memory_bytes=136_000_000,
    abilities={"token-classification": "tag"},
    libraries=frozenset({"spacy"}),
    formats=frozenset({"spacy"}),
    # Components have their files in folders of their names; a wheel next to them has the same files again.
    files=Files(
        small=("config.cfg", "meta.json", "tokenizer", "*/*"),
        ignored=("*.whl",),
        suffixes=("/model", "vocab/vectors"),
        is_whole=True,
    ),
    forms=_forms,
    is_own=lambda folder: folder.has(CONFIG) and folder.has(META),
    seconds_per_character=2.5e-5,  # en_core_web_sm
    may_unpickle=True,
)


class SpacyTagger:
    """A pipeline reduced to the components that find spans; it gives no probabilities."""

    device = "cpu"

    def __init__(self, pipeline: Any, components: Sequence[str]) -> None:  # noqa: ANN401  the library's own type
        self._pipeline = pipeline
        self.engine = f"spaCy {version('spacy')}"
        self.facts: dict[str, Any] = {"components": list(components)}

    def tag(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the spans of each text, in order, without overlap.

        ValueError if a text is longer than a million characters, which takes gigabytes.
        """
        documents = self._pipeline.pipe(list(texts), batch_size=BATCH)
        return [
            [Span(each.start_char, each.end_char, each.label_, None) for each in document.ents]
            for document in documents
        ]


def load(request: Load) -> SpacyTagger:
    """Load a folder, only with spaCy's own components unless the task allows more; `threads` is not used."""
    found = read_pipeline(request.path, request.allows)
    # The weights are numpy's; torch costs 190 MB and a second, and would unpickle its own layers.
    with _without_torch(is_wanted=bool(request.allows & {PICKLE, REMOTE_CODE})):
        import spacy
    try:
        return SpacyTagger(_build(spacy, request, found), found.components)
    except CannotLoadError:
        raise
    except Exception as error:  # noqa: BLE001  configurations, tables and tensors each raise their own
        # Without the colour codes in spaCy's messages.
        plain = f"{type(error).__name__}: {error}".replace("\x1b", "")
        raise CannotLoadError(f"cannot be loaded by spaCy {version('spacy')} ({plain})") from None


def _build(spacy: Any, request: Load, found: Pipeline) -> Any:  # noqa: ANN401  the library and its own type
    config = spacy.util.load_config(request.path / CONFIG, interpolate=True)
    # Checked with its variables filled in, which may add names from sections not checked before.
    if REMOTE_CODE not in request.allows and (wish := foreign(config)):
        raise CannotLoadError(f"needs to run code that is not spaCy's own ({wish[:80]} in {CONFIG})")
    return spacy.load(request.path, exclude=list(found.others))


@contextmanager
def _without_torch(*, is_wanted: bool) -> Iterator[None]:
    """Make torch appear not installed to modules imported meanwhile."""
    if is_wanted or "torch" in sys.modules:
        yield
        return
    sys.modules["torch"] = None  # type: ignore[assignment]  # Python's own way to say so
    try:
        yield
    finally:
        del sys.modules["torch"]
