"""spaCy pipelines that find spans, on the processor."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from advisor.engines.base import CannotLoadError, Span
from advisor.engines.engine import Engine, Files
from advisor.formats.form import Form, UnusableError
from advisor.formats.safety import PICKLE, REMOTE_CODE
from advisor.formats.spacy_folder import CONFIG, Pipeline, foreign, is_pipeline, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from advisor.engines.base import Load
    from advisor.formats.folder import ModelFolder

BATCH = 32


def _is_own(folder: ModelFolder) -> bool:
    return is_pipeline(folder.path)


def _forms(folder: ModelFolder) -> list[Form]:
    """Return the form of a pipeline that finds spans."""
    if not _is_own(folder):
        return []
    found = read(folder.path, folder.allows)
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
    # Files of components stand in folders of the components' own names; a wheel beside them holds all of it once more.
    files=Files(
        small=("config.cfg", "meta.json", "tokenizer", "*/*"),
        ignored=("*.whl",),
        suffixes=("/model", "vocab/vectors"),
        is_whole=True,
    ),
    forms=_forms,
    is_own=_is_own,
    seconds_per_character=2.5e-5,  # en_core_web_sm
)


class SpacyTagger:
    """A pipeline cut down to what it takes to find spans; it tells no probabilities."""

    device = "cpu"

    def __init__(self, pipeline: Any, components: Sequence[str]) -> None:  # noqa: ANN401  the library's own type
        self._pipeline = pipeline
        self.engine = f"spaCy {version('spacy')}"
        self.facts: dict[str, Any] = {"components": list(components)}

    def tag(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the spans of each text, in order, without overlap.

        Raises:
            ValueError: if a text is longer than a million characters, which takes gigabytes.
        """
        documents = self._pipeline.pipe(list(texts), batch_size=BATCH)
        return [
            [Span(each.start_char, each.end_char, each.label_, None) for each in document.ents]
            for document in documents
        ]


def load(request: Load) -> SpacyTagger:
    """Load a folder; threads do not matter here. Only what spaCy brings itself is built, unless the task allows more.

    Raises:
        CannotLoadError: with the reason.
    """
    try:
        found = read(request.path, request.allows)
    except UnusableError as error:
        raise CannotLoadError(str(error)) from None
    # Its weights are numpy's; torch costs 190 MB and a second, and would unpickle what a layer of its own holds.
    with _without_torch(is_wanted=bool(request.allows & {PICKLE, REMOTE_CODE})):
        import spacy
    try:
        return SpacyTagger(_build(spacy, request, found), found.components)
    except CannotLoadError:
        raise
    except Exception as error:  # noqa: BLE001  configurations, tables and tensors each raise their own
        # Without the colours that spaCy writes around its numbers.
        plain = f"{type(error).__name__}: {error}".replace("\x1b", "")
        raise CannotLoadError(f"cannot be loaded by spaCy {version('spacy')} ({plain})") from None


def _build(spacy: Any, request: Load, found: Pipeline) -> Any:  # noqa: ANN401  the library and its own type
    config = spacy.util.load_config(request.path / CONFIG, interpolate=True)
    # Seen with its variables filled in: they may bring in names from sections that were not looked at before.
    if REMOTE_CODE not in request.allows and (wish := foreign(config)):
        raise CannotLoadError(f"needs to run code that is not spaCy's own ({wish[:80]} in {CONFIG})")
    return spacy.load(request.path, exclude=list(found.others))


@contextmanager
def _without_torch(*, is_wanted: bool) -> Iterator[None]:
    """Have torch look as if it were not installed, for what is imported meanwhile."""
    if is_wanted or "torch" in sys.modules:
        yield
        return
    sys.modules["torch"] = None  # type: ignore[assignment]  # Python's own way to say so
    try:
        yield
    finally:
        del sys.modules["torch"]
