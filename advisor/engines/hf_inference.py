"""Models at Hugging Face's inference providers or an inference endpoint, through huggingface_hub's client.

Times include the network, and waits for a busy provider.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.engines.base import CannotLoadError, CircumstanceError, Found, Load, Ranked, Reply, Span, normalised
from advisor.engines.engine import BY_FAMILY, ENCODERS, Engine
from advisor.engines.openai_server import SECONDS, ServedChat, answering, key_from
from advisor.errors import one_line
from advisor.servers.client import HIDDEN, library, parse_address
from advisor.servers.patience import (
    A_KEY,
    BUSY,
    Busy,
    NoAnswerError,
    patiently,
    reason,
    retry_after_seconds,
    status_error,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
# More labels than any classifier has, to get all of them.
ALL_LABELS = 1000
# Prefix of Hugging Face's keys: with another key the client would call the provider directly.
OWN_KEY = "hf_"
SUMMARIES = "summarization"


class Provided:
    """A provider's model, for any of its abilities."""

    def __init__(self, asking: Asking) -> None:
        self._asking, self._client = asking, asking.client
        self.engine = f"huggingface_hub {version('huggingface-hub')}, provider {asking.place}"
        self.device = "the server's own" if asking.is_here else f"elsewhere ({asking.place})"

    def _hidden(self, text: object) -> str:
        """Return a text of a reply without the key; the client gives missing values as None."""
        if not isinstance(text, str | int | float):
            raise TypeError(f"no text, but {type(text).__name__}")
        return self._asking.hide(str(text))

    def _each(self, one: Callable[..., Any], *columns: Sequence[Any], **more: Any) -> list[Any]:  # noqa: ANN401  the client's
        """Return the answers to examples one by one, each with one value from every column."""
        return [self._asking.for_example(partial(one, *given, **more)) for given in zip(*columns, strict=True)]

    def _ranked(self, call: Callable[..., Any], given: Any) -> list[Ranked]:  # noqa: ANN401  a text, or an image
        """Return the client's labels for one example, most probable first."""
        rows = self._asking.for_example(
            lambda: [Ranked(self._hidden(each.label), _share(each.score)) for each in call(given, top_k=ALL_LABELS)]
        )
        return sorted(rows, key=lambda each: -each.probability)

    def entail(self, texts: Sequence[str], hypotheses: Sequence[str]) -> list[list[float]]:
        return self._each(self._entailed, texts, hypotheses=list(hypotheses))

    def _entailed(self, text: str, hypotheses: list[str]) -> list[float]:
        answer = self._client.zero_shot_classification(text, hypotheses, multi_label=True, hypothesis_template="{}")
        known = {each.label: _share(each.score) for each in answer}
        return [known[hypothesis] for hypothesis in hypotheses]

    def tag(self, texts: Sequence[str]) -> list[list[Span]]:
        return self._each(self._tagged, texts)

    def _tagged(self, text: str) -> list[Span]:
        found = self._client.token_classification(text, aggregation_strategy="simple")
        spans = [
            Span(int(e.start), int(e.end), self._hidden(e.entity_group or e.entity), _share(e.score)) for e in found
        ]
        return sorted(spans)

    def read(self, questions: Sequence[str], contexts: Sequence[str]) -> list[Found]:
        return self._each(self._found, questions, contexts)

    def _found(self, question: str, context: str) -> Found:
        found = self._client.question_answering(question, context, handle_impossible_answer=True)
        best = found[0] if isinstance(found, list) else found
        return Found(self._hidden(best.answer), _share(best.score))

    def encode(self, texts: Sequence[str]) -> NDArray[Any]:
        import numpy as np

        parts = [list(texts[at : at + ENCODED_AT_ONCE]) for at in range(0, len(texts), ENCODED_AT_ONCE)]
        return normalised(np.concatenate(self._each(self._encoded, parts)))

    def _encoded(self, texts: list[str]) -> NDArray[Any]:
        import numpy as np

        given: Any = self._client.feature_extraction(texts)
        vectors: NDArray[Any] = np.asarray(given, dtype=np.float32)
        if vectors.ndim != 2 or len(vectors) != len(texts):  # noqa: PLR2004
            raise ValueError(f"no vector a text, but an array of the shape {vectors.shape}")
        return vectors

    def transcribe(self, files: Sequence[str]) -> list[Reply]:
        return self._each(self._transcript, files)

    def _transcript(self, file: str) -> Reply:
        return Reply(self._hidden(self._client.automatic_speech_recognition(Path(file)).text).strip())


class ProvidedClassifier(Provided):
    """Classifies texts with its own labels."""

    def __init__(self, asking: Asking) -> None:
        super().__init__(asking)
        self.labels = tuple(each.label for each in self.classify(["Hello"])[0])

    def classify(self, texts: Sequence[str]) -> list[list[Ranked]]:
        return [self._ranked(self._client.text_classification, text) for text in texts]


class ProvidedRewriter(Provided):
    """Summarises or translates, depending on the task's family."""

    def __init__(self, asking: Asking, options: dict[str, Any]) -> None:
        super().__init__(asking)
        purpose = options.get("purpose")
        self._is_summary = purpose == SUMMARIES
        if purpose not in (None, SUMMARIES):
            raise CircumstanceError(
                f"providers serve such models for summaries and translations, not for {purpose}; run it on this machine"
            )
        given = {"src_lang": options.get("source"), "tgt_lang": options.get("target")}
        self._languages = {name: language for name, language in given.items() if language}
        if not self._is_summary and len(self._languages) == 1:
            # The client takes both or none; without them, a multilingual model could write any language.
            missing = "source" if "tgt_lang" in self._languages else "target"
            raise CircumstanceError(
                f"takes both languages of a translation or none: set translate.{missing}, "
                "or leave translate out if the model knows one pair only"
            )

    def rewrite(self, texts: Sequence[str], *, max_tokens: int) -> list[Reply]:
        return self._each(self._rewritten, texts, max_tokens=max_tokens)

    def _rewritten(self, text: str, max_tokens: int) -> Reply:
        limit = {"max_new_tokens": max_tokens}
        if self._is_summary:
            return Reply(self._hidden(self._client.summarization(text, generate_parameters=limit).summary_text))
        made = self._client.translation(text, **self._languages, generate_parameters=limit)
        return Reply(self._hidden(made.translation_text))


class ProvidedSeer(Provided):
    """Classifies images."""

    def __init__(self, asking: Asking) -> None:
        from PIL import Image

        super().__init__(asking)
        blank = io.BytesIO()
        Image.new("RGB", (32, 32)).save(blank, "PNG")
        self.labels = tuple(each.label for each in self._ranked(self._client.image_classification, blank.getvalue()))

    def see(self, files: Sequence[str]) -> list[list[Ranked]]:
        return [self._ranked(self._client.image_classification, Path(file)) for file in files]


def _share(value: float) -> float:
    """Return a probability; some providers round it to above 1."""
    return min(1.0, max(0.0, float(value)))


def load(request: Load) -> Any:  # noqa: ANN401  one of the classes above
    """Return a provider's model. Options: model, provider, url, key_env, seconds, purpose, source, target."""
    options = request.options
    key = key_from(options.get("key_env"))
    if not options.get("url") and not str(key).startswith(OWN_KEY):
        raise CircumstanceError(f"HF_TOKEN holds no key of Hugging Face's (they begin with {OWN_KEY}); set it")
    asking = Asking(options, key)
    try:
        if request.ability == "chat":
            return ServedChat(asking, str(options["model"]), asking.place, is_here=asking.is_here)
        if request.ability == "rewrite":
            return ProvidedRewriter(asking, options)
        kinds = {"classify": ProvidedClassifier, "see": ProvidedSeer}
        return kinds.get(request.ability, Provided)(asking)
    except RuntimeError as error:  # a classifier's first request was refused
        raise CannotLoadError(str(error)) from None


class Asking:
    """The client with retries, and with plain error messages without the key; chats use it too."""

    def __init__(self, options: dict[str, Any], key: str | None) -> None:
        from huggingface_hub import InferenceClient, set_client_factory

        url = options.get("url")
        self.place = parse_address(str(url)).place if url else str(options.get("provider"))
        self.is_here = bool(url) and parse_address(str(url)).is_here
        self._key, self._seconds = key, float(options.get("seconds") or SECONDS)
        self._key_name = str(options.get("key_env") or A_KEY)
        self._library = library()
        # A redirect would send examples to a host without consent; a proxy is not this machine.
        set_client_factory(lambda: self._library.Client(follow_redirects=False, trust_env=not self.is_here))
        where = {"base_url": str(url)} if url else {"model": options["model"], "provider": options.get("provider")}
        self.client = InferenceClient(**where, api_key=key, timeout=self._seconds)

    def hide(self, text: str) -> str:
        """Return a text without the key."""
        return text.replace(self._key, HIDDEN) if self._key else text

    def ask(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401  the client's own types
        """Return the client's answer; a busy provider is retried.

        NoAnswerError if it cannot be reached, stays busy, refuses the key, or answers in an unexpected form.
        RefusedError if it refuses this request.
        """
        answer = patiently(partial(self._once, call), seconds=self._seconds)
        if isinstance(answer, Busy):
            raise status_error(self._words, answer.status, answer.reason_given, retry_after=answer.retry_after)
        return answer

    def post(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401  the client's own type
        """Return the provider's answer to a chat; the library chooses path and model."""
        limit = body.get("max_tokens") or body.get("max_completion_tokens")
        asked = {name: body[name] for name in ("temperature", "response_format") if name in body}
        return self.ask(lambda: self.client.chat_completion(messages=body["messages"], max_tokens=limit, **asked))

    def for_example(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401  the client's own types
        """Ask for one example, whose refusal is that example's error.

        RuntimeError if the request is refused. CircumstanceError if the provider cannot be reached.
        """
        with answering():
            return self.ask(call)

    def _once(self, call: Callable[[], Any], _: float) -> Any:  # noqa: ANN401  the client's own types
        """Ask once; the client has its own time-out."""
        from huggingface_hub.errors import HfHubHTTPError, InferenceTimeoutError

        try:
            return call()
        except InferenceTimeoutError:
            raise NoAnswerError(self._words(f"did not answer within {self._seconds:.3g} s")) from None
        except HfHubHTTPError as error:
            status, body = error.response.status_code, _text(error)
            if status in BUSY:
                return Busy(status, body, retry_after_seconds(error.response.headers.get("retry-after")))
            raise status_error(self._words, status, body, key=self._key_name) from None
        except self._library.HTTPError as error:
            raise NoAnswerError(self._words(f"cannot be reached ({one_line(error, 160)})")) from None
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise NoAnswerError(
                self._words(f"answers in an unexpected form ({one_line(f'{type(error).__name__}: {error}', 200)})")
            ) from None

    def _words(self, what: str) -> str:
        return self.hide(f"the provider {self.place} {what}")


def _text(error: Any) -> str:  # noqa: ANN401  the client's error
    try:
        return reason(error.response.content)
    except Exception:  # noqa: BLE001  a stream that was not read
        return f" ({one_line(error, 160)})"
