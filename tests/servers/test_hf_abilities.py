"""What "hf-inference" asks for each ability, and how it reads the answer: the real client, a server on loopback."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from advisor.families import family as family_of
from advisor.probe.protocol import Outcome
from advisor.probe.supervisor import ProbeFailedError, Worker
from advisor.task.example import Example
from advisor.task.model import Task
from tests.probe.support import LIMITS, spec
from tests.servers.scripted import Answer, Asked, serving
from tests.servers.test_hf_inference import KEY, options
from tests.tables import for_each

TEXT = "Ada Lovelace met Bob in Paris."


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", KEY)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)


def run(
    folder: Path,
    url: str,
    family: str,
    ability: str,
    *asked: Example,
    translate: dict[str, str] | None = None,
    **more: Any,
) -> list[Outcome]:
    """Answer some examples in a worker, with the model used as it is, loaded as a task with these languages says."""
    task = Task.model_validate(
        {"name": "t", "family": family, "instruction": "Do it.", "examples": {"path": "x.csv"}, "translate": translate}
    )
    of_task = family_of(family).load_options(task, ability)
    result = {
        "family": family,
        "ability": ability,
        "method": "as is",
        "teaching": (),
        "options": options(url) | of_task,
    }
    with Worker(spec(folder, "hf-inference", **(result | more)), LIMITS, folder / "log") as worker:
        worker.load()
        return worker.run(list(asked))


def of_parts(expected: Any, **parts: str) -> Example:
    """Return an example whose input has parts."""
    return Example("a", str(parts), expected, 1, tuple(parts.items()))


def test_tag(tmp_path: Path) -> None:
    """Spans that the server has put together, in whatever order, under the task's labels; as sure as the least."""
    ada = {"text": "Ada Lovelace", "label": "person", "start": 0, "end": 12}
    paris = {"text": "Paris", "label": "place", "start": 24, "end": 29}
    rows = [
        {"entity_group": "LOC", "score": 0.8, "word": "Paris", "start": 24, "end": 29},
        {"entity_group": "PER", "score": 0.9, "word": "Ada Lovelace", "start": 0, "end": 12},
        {"entity_group": "MISC", "score": 0.1, "word": "met", "start": 13, "end": 16},
    ]
    with serving(lambda _: Answer(body=rows)) as (url, seen):
        (outcome,) = run(
            tmp_path, url, "token-classification", "tag", Example("a", TEXT, [ada, paris], 1),
            labels={"person": "", "place": ""}, label_map={"PER": "person", "LOC": "place"},
        )  # fmt: skip
    assert seen[-1].body == {"inputs": TEXT, "parameters": {"aggregation_strategy": "simple"}}
    assert (outcome.output, outcome.confidence, outcome.score) == ([ada, paris], 0.8, 1.0)


@pytest.mark.parametrize("is_listed", [False, True])
def test_read(tmp_path: Path, *, is_listed: bool) -> None:
    """The question with its context; one answer, or the first of several; a share rounded over 1 is 1."""
    found = {"answer": "Paris", "score": 1.0000001, "start": 24, "end": 29}
    with serving(lambda _: Answer(body=[found] if is_listed else found)) as (url, seen):
        asked = of_parts(["Paris"], question="Where?", context=TEXT)
        (outcome,) = run(tmp_path, url, "question-answering", "read", asked, labels={})
    assert seen[-1].body["inputs"] == {"question": "Where?", "context": TEXT}
    assert seen[-1].body["parameters"]["handle_impossible_answer"] is True
    assert (outcome.output, outcome.confidence, outcome.passed) == ("Paris", 1.0, True)


def test_rewrite_a_summary(tmp_path: Path) -> None:
    """Where the family says so, a text is summarised, within the tokens that the task allows."""
    with serving(lambda _: Answer(body=[{"summary_text": "Ada met Bob."}])) as (url, seen):
        (outcome,) = run(
            tmp_path, url, "summarization", "rewrite", Example("a", TEXT, "Ada met Bob.", 1), labels={},
            prompt={"max_tokens": 20},
        )  # fmt: skip
    assert seen[-1].body == {"inputs": TEXT, "parameters": {"generate_parameters": {"max_new_tokens": 20}}}
    assert (outcome.output, outcome.passed) == ("Ada met Bob.", True)


def test_rewrite_into_another_language(tmp_path: Path) -> None:
    """With both languages named; a key that comes back is hidden."""
    with serving(lambda _: Answer(body=[{"translation_text": f"Hallo {KEY}"}])) as (url, seen):
        (outcome,) = run(
            tmp_path, url, "translation", "rewrite", Example("a", "Hello", "Hallo", 1), labels={},
            translate={"source": "en_XX", "target": "de_DE"},
        )  # fmt: skip
    result = seen[-1].body["parameters"]
    assert (result["src_lang"], result["tgt_lang"]) == ("en_XX", "de_DE")
    assert outcome.output == "Hallo [key]"


def test_rewrite_with_a_translator_of_one_pair(tmp_path: Path) -> None:
    """The family determines the request: a translator without language options is not asked to summarise."""
    with serving(lambda _: Answer(body=[{"translation_text": "Hallo"}])) as (url, seen):
        (outcome,) = run(tmp_path, url, "translation", "rewrite", Example("a", "Hello", "Hallo", 1), labels={})
    assert not seen[-1].body["parameters"].keys() & {"src_lang", "tgt_lang"}
    assert (outcome.output, outcome.passed) == ("Hallo", True)


def test_a_provider_corrects_no_texts(tmp_path: Path) -> None:
    """Providers serve sequence-to-sequence models as summarizers and translators only."""
    with serving(lambda _: Answer(body=[{"translation_text": "Hallo"}])) as (url, seen):
        with pytest.raises(ProbeFailedError, match="not for text-generation; run it on this machine"):
            run(tmp_path, url, "text-generation", "rewrite", Example("a", "helo", "hello", 1), labels={})
        assert seen == []


@pytest.mark.parametrize(("given", "missing"), [("target", "source"), ("source", "target")])
def test_a_missing_language_is_an_error_before_any_request(tmp_path: Path, given: str, missing: str) -> None:
    """The client takes both or none, and a model of many languages would write any: the reason says what to add."""
    with serving(lambda _: Answer(body=[{"translation_text": "Hallo"}])) as (url, seen):
        with pytest.raises(ProbeFailedError, match=rf"both languages .* set translate\.{missing}") as caught:
            run(tmp_path, url, "translation", "rewrite", Example("a", "Hello", "Hallo", 1), translate={given: "de"})
        assert seen == []
    assert caught.value.is_circumstance


def picture_in(asked: Asked) -> tuple[int, int, int]:
    """Return the colour of the picture that was sent, as bytes or within JSON."""
    import io

    sent = asked.body if isinstance(asked.body, bytes) else base64.b64decode(asked.body["inputs"])
    colour = Image.open(io.BytesIO(sent)).convert("RGB").getpixel((0, 0))
    assert isinstance(colour, tuple)
    return colour[0], colour[1], colour[2]


def test_see(tmp_path: Path) -> None:
    """A blank picture gives the labels before any example; then each file's own picture is sent."""

    def script(asked: Asked) -> Answer:
        is_red = picture_in(asked) == (255, 0, 0)
        return Answer(body=[{"label": "RED", "score": float(is_red)}, {"label": "blue", "score": float(not is_red)}])

    for name, colour in (("red", (255, 0, 0)), ("blue", (0, 0, 255))):
        Image.new("RGB", (8, 8), colour).save(tmp_path / f"{name}.png")
    asked = [of_parts(name, image=str(tmp_path / f"{name}.png")) for name in ("red", "blue")]
    with serving(script) as (url, seen):
        outcomes = run(tmp_path, url, "image-classification", "see", *asked, labels={"red": "", "blue": ""})
        assert picture_in(seen[0]) == (0, 0, 0)
    assert [outcome.output for outcome in outcomes] == ["red", "blue"]
    assert all(outcome.passed for outcome in outcomes)


@for_each(
    ("family", "ability", "example", "reply"),
    [
        ("summarization", "rewrite", Example("a", TEXT, "Ada", 1), [{"translation_text": "Hallo"}]),
        ("translation", "rewrite", Example("a", TEXT, "Ada", 1), [{"summary_text": "Hallo"}]),
        ("translation", "rewrite", Example("a", TEXT, "Ada", 1), [{"translation_text": None}]),
        (
            "question-answering",
            "read",
            of_parts(["Paris"], question="Where?", context=TEXT),
            {"answer": None, "score": 0.5, "start": 0, "end": 1},
        ),
        (
            "token-classification",
            "tag",
            Example("a", TEXT, [], 1),
            [{"entity_group": None, "score": 0.8, "word": "Paris", "start": 24, "end": 29}],
        ),
    ],
)
def test_no_text_is_no_answer(tmp_path: Path, family: str, ability: str, example: Example, reply: Any) -> None:
    """A reply without the text asked for is another form, never the text "None"."""
    words = r"answers in an unexpected form \(TypeError: no text, but NoneType\)"
    with serving(lambda _: Answer(body=reply)) as (url, _), pytest.raises(ProbeFailedError, match=words) as caught:
        run(tmp_path, url, family, ability, example)
    assert caught.value.is_circumstance


@pytest.mark.parametrize(
    ("family", "ability", "example"),
    [
        ("token-classification", "tag", Example("a", TEXT, [], 1)),
        ("question-answering", "read", of_parts(["Paris"], question="Where?", context=TEXT)),
        ("summarization", "rewrite", Example("a", TEXT, "Ada", 1)),
        ("translation", "rewrite", Example("a", TEXT, "Ada", 1)),
        ("image-classification", "see", Example("a", "x.png", "red", 1, (("image", "x.png"),))),
    ],
)
@pytest.mark.parametrize("answer", [Answer(200, {"surprise": 1}), Answer(401, {"error": "no"})])
def test_faults_are_circumstances(tmp_path: Path, family: str, ability: str, example: Example, answer: Answer) -> None:
    """For every ability: a server's fault ends the candidate for now and says nothing about the model."""
    with serving(lambda _: answer) as (url, _), pytest.raises(ProbeFailedError) as caught:
        run(tmp_path, url, family, ability, example)
    assert caught.value.is_circumstance, str(caught.value)
    assert json.dumps(KEY)[1:-1] not in str(caught.value)
