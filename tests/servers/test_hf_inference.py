"""The engine "hf-inference": huggingface_hub's real client against a local server that speaks the API."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from advisor.probe.protocol import Outcome
from advisor.probe.supervisor import ProbeFailedError, Worker
from tests.conftest import Home, run_advisor
from tests.probe.support import HAM, LIMITS, SPAM, examples, spec
from tests.servers.scripted import Answer, Asked, said, serving
from tests.servers.test_recommend import everything_in, write_task
from tests.tables import for_each

KEY = "hf_very_secret_0123456789"


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", KEY)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)


def options(url: str) -> dict[str, Any]:
    """Return the engine's options for an endpoint."""
    return {"url": url, "model": "org/model", "provider": "hf-inference", "key_env": "HF_TOKEN", "seconds": 20}


def probe(folder: Path, url: str, *texts: str, ability: str, method: str, **more: Any) -> list[Outcome]:
    provided = spec(folder, "hf-inference", ability=ability, method=method, **({"options": options(url)} | more))
    with Worker(provided, LIMITS, folder / "log") as worker:
        worker.load()
        return worker.run(examples(*texts))


def by_words(asked: Asked) -> Answer:
    """Classify by a word: the labels of a fine-tuned model."""
    is_spam = any(text.lower() in str(asked.body["inputs"]).lower() for text in ("free", "pills", "$1,000,000"))
    sure = {"SPAM": 0.9 if is_spam else 0.2, "HAM": 0.1 if is_spam else 0.8}
    return Answer(body=[[{"label": label, "score": score} for label, score in sure.items()]])


def test_a_fine_tuned_model_as_it_is(tmp_path: Path) -> None:
    """Its labels are asked for first and matched to the task's; the key goes along."""
    with serving(by_words) as (url, seen):
        outcomes = probe(tmp_path, url, HAM[0], SPAM[0], ability="classify", method="as is")
        assert {each.headers["authorization"] for each in seen} == {f"Bearer {KEY}"}
    assert [(outcome.output, outcome.confidence) for outcome in outcomes] == [("ham", 0.8), ("spam", 0.9)]


def test_zero_shot(tmp_path: Path) -> None:
    """Hypotheses come back in whatever order; each keeps its own score."""

    def script(asked: Asked) -> Answer:
        result = asked.body["parameters"]
        assert result["multi_label"] is True
        is_spam = "free" in asked.body["inputs"]
        rows = [
            {"label": each, "score": 0.9 if ("fraudulent" in each) == is_spam else 0.1}
            for each in result["candidate_labels"]
        ]
        return Answer(body=rows[::-1])

    with serving(script) as (url, _):
        outcomes = probe(tmp_path, url, HAM[0], SPAM[0], ability="entail", method="zero-shot")
    assert [outcome.output for outcome in outcomes] == ["ham", "spam"]


def test_a_chat(tmp_path: Path) -> None:
    """Held to the labels by a schema; where temperature 0 is refused it is left out."""

    def script(asked: Asked) -> Answer:
        if "temperature" in asked.body:
            return Answer(422, {"error": "`temperature` must be strictly positive"})
        form = asked.body["response_format"]  # the client writes it as the server's own API has it
        schema = form["value"] if "value" in form else form["json_schema"]["schema"]
        label = schema["properties"]["answer"]["enum"][0]
        return said(json.dumps({"answer": label}), prompt_tokens=5, completion_tokens=4)

    with serving(script) as (url, seen):
        outcomes = probe(tmp_path, url, HAM[0], ability="chat", method="prompted")
        assert seen[-1].path == "/v1/chat/completions"
    assert (outcomes[0].output, outcomes[0].tokens, outcomes[0].prompt_tokens) == ("ham", 4, 5)


def test_vectors(tmp_path: Path) -> None:
    def script(asked: Asked) -> Answer:
        words = ("free", "pills", "selected", "pounds", "rates", "money")
        texts = asked.body["inputs"]
        return Answer(body=[[1.0, 0.0] if any(w in text.lower() for w in words) else [0.0, 1.0] for text in texts])

    with serving(script) as (url, _):
        outcomes = probe(tmp_path, url, HAM[0], SPAM[0], ability="encode", method="head")
    assert [outcome.output for outcome in outcomes] == ["ham", "spam"]


def test_a_sound_file(tmp_path: Path) -> None:
    sound = tmp_path / "clip.wav"
    sound.write_bytes(b"RIFF----WAVE")
    with serving(lambda _: Answer(body={"text": " Hello world. "})) as (url, seen):
        provided = spec(
            tmp_path,
            "hf-inference",
            ability="transcribe",
            method="as is",
            family="automatic-speech-recognition",
            options=options(url),
        )
        heard = [
            type(each)(each.id, each.input, "hello, world", 1, (("audio", str(sound)),)) for each in examples("clip")
        ]
        with Worker(provided, LIMITS, tmp_path / "log") as worker:
            worker.load()
            outcomes = worker.run(heard)
        assert seen[-1].body == b"RIFF----WAVE"
    assert (outcomes[0].output, outcomes[0].score) == ("Hello world.", 1.0)


@for_each(
    ("answer", "words"),
    [
        (Answer(401, {"error": f"Invalid credentials {KEY}"}), "set HF_TOKEN to a valid one"),
        (Answer(404, {"error": "no such endpoint"}), "it knows no such model or path"),
        (Answer(503, {"error": "loading"}, {"Retry-After": "900"}), "answers 503, and asks to wait 900 s (loading)"),
        (Answer(200, b"<html>"), "answers in an unexpected form"),
        (Answer(200, {"surprise": 1}), "answers in an unexpected form"),
        (Answer(302, b"", {"Location": "http://127.0.0.1:9/"}), "answers"),
    ],
)
def test_faults_are_circumstances(tmp_path: Path, answer: Answer, words: str) -> None:
    """They say nothing of the model, and never the key."""
    with serving(lambda _: answer) as (url, _), pytest.raises(ProbeFailedError) as caught:
        probe(tmp_path, url, "hello", ability="classify", method="as is")
    assert caught.value.is_circumstance
    assert words in str(caught.value)
    assert KEY not in str(caught.value)


def test_a_busy_provider_is_asked_again(tmp_path: Path) -> None:
    """As long as it says: twice busy, then the labels, then the answer."""
    busy = [Answer(429, {}, {"Retry-After": "0.05"}), Answer(503, {}, {"Retry-After": "0"})]
    with serving(lambda asked: busy.pop() if busy else by_words(asked)) as (url, seen):
        outcomes = probe(tmp_path, url, HAM[0], ability="classify", method="as is")
    assert [outcome.output for outcome in outcomes] == ["ham"]
    assert len(seen) == 4


def test_a_refused_text_is_its_own_error(tmp_path: Path) -> None:
    """A text that a provider refuses for its content does not affect the others."""

    def script(asked: Asked) -> Answer:
        return Answer(400, {"error": "against our rules"}) if "pills" in str(asked.body) else by_words(asked)

    with serving(script) as (url, _):
        outcomes = probe(tmp_path, url, HAM[0], SPAM[1], SPAM[0], ability="classify", method="as is")
    assert [outcome.output for outcome in outcomes] == ["ham", None, "spam"]
    assert "answers 400 (against our rules)" in str(outcomes[1].error)


def test_a_provider_without_a_key_of_its_own_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another key would make the client call the provider directly, without consent."""
    monkeypatch.setenv("HF_TOKEN", "sk-of-somebody-else")
    elsewhere = {"model": "org/model", "provider": "together", "key_env": "HF_TOKEN", "seconds": 5}
    with pytest.raises(ProbeFailedError, match="holds no key of Hugging Face's"):
        probe(tmp_path, "", "hello", ability="chat", method="prompted", options=elsewhere)


def recommend(home: Home, folder: Path, script: Callable[[Asked], Answer]) -> tuple[int, dict[str, Any], str]:
    """Run the whole command with one endpoint as its only candidate."""
    with serving(script) as (url, _):
        task = write_task(
            folder,
            f"providers: [{{model: org/model, url: '{url}', ability: classify, name: endpoint}}]\nmodels: [endpoint]",
            count=20,
        )
        ran = run_advisor(home, "recommend", task, "--require", "examples", "--json")
    return ran.code, json.loads(ran.out), ran.out + ran.err


def test_the_whole_command(ready_home: Home, tmp_path: Path) -> None:
    """An endpoint of one's own passes; the key that it says back is in no file."""
    answered: list[Asked] = []

    def script(asked: Asked) -> Answer:
        answered.append(asked)
        if len(answered) == 4:
            return Answer(body=[[{"label": f"echo {asked.headers['authorization']}", "score": 1.0}]])
        is_glad = "lovely" in str(asked.body["inputs"])
        rows = [{"label": "GLAD", "score": float(is_glad)}, {"label": "sad", "score": float(not is_glad)}]
        return Answer(body=[rows])

    code, result, said_all = recommend(ready_home, tmp_path, script)
    assert (code, result["verdict"]) == (0, "passes")
    assert result["candidates"][0]["place"] == "provider"
    assert "'runtime': 'hf-inference'" in result["recommended"]["usage"]
    kept = everything_in(ready_home.data / "model-advisor" / "runs")
    assert "echo Bearer [key]" in kept
    assert KEY not in kept + said_all


def test_providers_need_consent(ready_home: Home, tmp_path: Path) -> None:
    task = write_task(tmp_path, "providers: [{model: org/model, provider: together, name: far}]\nmodels: [far]")
    ran = run_advisor(ready_home, "recommend", task)
    assert ran.code == 2
    assert "Your examples are sent to router.huggingface.co, with the key in HF_TOKEN; if you agree" in ran.err
    assert "--send-to router.huggingface.co" in ran.err
