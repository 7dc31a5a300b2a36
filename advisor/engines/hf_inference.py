"""Models behind Hugging Face's inference providers, or an inference endpoint, through huggingface_hub's own client.

Its seconds include the way there and back, and the waits that a busy provider asks for.
"""

from __future__ import annotations

import io
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.engines.base import CannotLoadError, CircumstanceError, Found, Ranked, Reply, Span
from advisor.engines.engine import BY_FAMILY, ENCODERS, Engine
from advisor.engines.hf_asking import Asking
from advisor.engines.openai_server import ServedChat, key_from

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from advisor.engines.base import Load

ENGINE = Engine(
    name="hf-inference",
    module=__name__,
    library="huggingface_hub",
    base_memory_bytes=120_000_000,
    abilities=BY_FAMILY | dict.fromkeys(ENCODERS, "encode"),
    is_remote=True,
    largest_batch=4,
)

ENCODED_AT_ONCE = 32
# More than any classifier has that is asked to tell all its labels.
ALL_LABELS = 1000
# What Hugging Face's keys begin with: with another key the client would ask the provider itself.
OWN_KEY = "hf_"
SUMMARIES = "summarization"


class _Provided:
    def __init__(self, asking: Asking) -> None:
        self._asking, self._client = asking, asking.client
        self.engine = f"huggingface_hub {version('huggingface-hub')}, provider {asking.place}"
        self.device = "the server's own" if asking.is_here else f"elsewhere ({asking.place})"

    def _hidden(self, text: object) -> str:
        """Return a text of a reply without the key; what is left out there, the client gives as None."""
        if not isinstance(text, str | int | float):
            raise TypeError(f"no text, but {type(text).__name__}")
        return self._asking.hide(str(text))


class _Chats:
    """What `ServedChat` asks through: path and model are the library's own affair."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def hide(self, text: str) -> str:
        """Return a text without the key."""
        return self._asking.hide(text)

    def post(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401  the client's own type
        """Return what the provider answers to a chat."""
        del path
        limit = body.get("max_tokens") or body.get("max_completion_tokens")
        asked = {name: body[name] for name in ("temperature", "response_format") if name in body}
        return self._asking.ask(
            lambda: self._asking.client.chat_completion(messages=body["messages"], max_tokens=limit, **asked)
        )


class ProvidedClassifier(_Provided):
    """Classifies texts."""

    def __init__(self, asking: Asking) -> None:
        super().__init__(asking)
        self.labels = tuple(each.label for each in self.classify(["Hello"])[0])

    def classify(self, texts: Sequence[str]) -> list[list[Ranked]]:
        """Return the model's labels for each text, most probable first."""
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> list[Ranked]:
        rows = self._asking.for_example(
            lambda: [
                Ranked(self._hidden(each.label), _share(each.score))
                for each in self._client.text_classification(text, top_k=ALL_LABELS)
            ]
        )
        return sorted(rows, key=lambda each: -each.probability)


class ProvidedEntailer(_Provided):
    """Says how far texts entail hypotheses."""

    def entail(self, texts: Sequence[str], hypotheses: Sequence[str]) -> list[list[float]]:
        """Return the probability, within 0 and 1, that each text entails each hypothesis."""
        return [self._asking.for_example(partial(self._one, text, list(hypotheses))) for text in texts]

    def _one(self, text: str, hypotheses: list[str]) -> list[float]:
        answer = self._client.zero_shot_classification(text, hypotheses, multi_label=True, hypothesis_template="{}")
        known = {each.label: _share(each.score) for each in answer}
        return [known[hypothesis] for hypothesis in hypotheses]


class ProvidedTagger(_Provided):
    """Finds labelled spans."""

    def tag(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the spans of each text, in order."""
        return [self._asking.for_example(partial(self._one, text)) for text in texts]

    def _one(self, text: str) -> list[Span]:
        found = self._client.token_classification(text, aggregation_strategy="simple")
        spans = [
            Span(int(e.start), int(e.end), self._hidden(e.entity_group or e.entity), _share(e.score)) for e in found
        ]
        return sorted(spans)


class ProvidedReader(_Provided):
    """Reads answers out of texts."""

    def read(self, questions: Sequence[str], contexts: Sequence[str]) -> list[Found]:
        """Return the answer to each question from its context; empty where there is none."""
        return [
            self._asking.for_example(partial(self._one, question, context))
            for question, context in zip(questions, contexts, strict=True)
        ]

    def _one(self, question: str, context: str) -> Found:
        found = self._client.question_answering(question, context, handle_impossible_answer=True)
        best = found[0] if isinstance(found, list) else found
        return Found(self._hidden(best.answer), _share(best.score))


class ProvidedRewriter(_Provided):
    """Summarises, or translates; as the task's family says."""

    def __init__(self, asking: Asking, options: dict[str, Any]) -> None:
        super().__init__(asking)
        self._is_summary = options.get("purpose") == SUMMARIES
        given = {"src_lang": options.get("source"), "tgt_lang": options.get("target")}
        self._languages = {name: language for name, language in given.items() if language}
        if not self._is_summary and len(self._languages) == 1:
            # The client takes both or none; without them, a model of many languages would write any.
            missing = "source" if "tgt_lang" in self._languages else "target"
            raise CircumstanceError(
                f"takes both languages of a translation or none: set translate.{missing}, "
                "or leave translate out if the model knows one pair only"
            )

    def rewrite(self, texts: Sequence[str], *, max_tokens: int) -> list[Reply]:
        """Return each text's rewriting."""
        return [Reply(self._asking.for_example(partial(self._one, text, max_tokens))) for text in texts]

    def _one(self, text: str, max_tokens: int) -> str:
        limit = {"max_new_tokens": max_tokens}
        if self._is_summary:
            return self._hidden(self._client.summarization(text, generate_parameters=limit).summary_text)
        made = self._client.translation(text, **self._languages, generate_parameters=limit)
        return self._hidden(made.translation_text)


class ProvidedEncoder(_Provided):
    """Encodes texts."""

    def encode(self, texts: Sequence[str]) -> NDArray[Any]:
        """Return float32 vectors of shape (len(texts), width), l2-normalised."""
        import numpy as np

        parts = [list(texts[at : at + ENCODED_AT_ONCE]) for at in range(0, len(texts), ENCODED_AT_ONCE)]
        rows = [self._asking.for_example(partial(self._some, part)) for part in parts]
        vectors: NDArray[Any] = np.concatenate(rows)
        normal: NDArray[Any] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return normal

    def _some(self, texts: list[str]) -> NDArray[Any]:
        import numpy as np

        given: Any = self._client.feature_extraction(texts)
        vectors: NDArray[Any] = np.asarray(given, dtype=np.float32)
        if vectors.ndim != 2 or len(vectors) != len(texts):  # noqa: PLR2004
            raise ValueError(f"no vector a text, but an array of the shape {vectors.shape}")
        return vectors


class ProvidedTranscriber(_Provided):
    """Writes down speech."""

    def transcribe(self, files: Sequence[str]) -> list[Reply]:
        """Return what is said in each sound file."""
        return [Reply(self._asking.for_example(partial(self._one, file))) for file in files]

    def _one(self, file: str) -> str:
        return self._hidden(self._client.automatic_speech_recognition(Path(file)).text).strip()


class ProvidedSeer(_Provided):
    """Classifies images."""

    def __init__(self, asking: Asking) -> None:
        from PIL import Image

        super().__init__(asking)
        blank = io.BytesIO()
        Image.new("RGB", (32, 32)).save(blank, "PNG")
        self.labels = tuple(each.label for each in self._one(blank.getvalue()))

    def see(self, files: Sequence[str]) -> list[list[Ranked]]:
        """Return the model's labels for each image file, most probable first."""
        return [self._one(Path(file)) for file in files]

    def _one(self, image: bytes | Path) -> list[Ranked]:
        rows = self._asking.for_example(
            lambda: [
                Ranked(self._hidden(each.label), _share(each.score))
                for each in self._client.image_classification(image, top_k=ALL_LABELS)
            ]
        )
        return sorted(rows, key=lambda each: -each.probability)


def _share(value: float) -> float:
    """Return a probability; some providers round theirs over 1."""
    return min(1.0, max(0.0, float(value)))


_KINDS: dict[str, Callable[[Asking], Any]] = {
    "classify": ProvidedClassifier,
    "entail": ProvidedEntailer,
    "tag": ProvidedTagger,
    "read": ProvidedReader,
    "encode": ProvidedEncoder,
    "transcribe": ProvidedTranscriber,
    "see": ProvidedSeer,
}


def load(request: Load) -> Any:  # noqa: ANN401  one of the classes above
    """Return a model of a provider. Options: model, provider, url, key_env, seconds, purpose, source, target."""
    options = request.options
    key = key_from(options.get("key_env"))
    if not options.get("url") and not str(key).startswith(OWN_KEY):
        raise CircumstanceError(f"HF_TOKEN holds no key of Hugging Face's (they begin with {OWN_KEY}); set it")
    asking = Asking(options, key)
    try:
        if request.ability == "chat":
            return ServedChat(_Chats(asking), str(options["model"]), asking.place, is_here=asking.is_here)
        if request.ability == "rewrite":
            return ProvidedRewriter(asking, options)
        return _KINDS[request.ability](asking)
    except RuntimeError as error:  # the first question of a classifier was refused
        raise CannotLoadError(str(error)) from None
