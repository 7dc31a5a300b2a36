"""The engine "openai" in a real worker: against a real server with SmolLM2, and against one that is scripted."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.engines.base import CannotLoadError, Constraint
from advisor.engines.openai_server import ServedChat, response_format, unwrapped
from advisor.probe.protocol import Loaded, Outcome
from advisor.probe.supervisor import ProbeFailedError, Worker
from advisor.servers.client import Client, parse_address
from tests.probe.support import HAM, LIMITS, SPAM, examples, spec
from tests.servers.scripted import Answer, Asked, said, serving
from tests.tables import for_each

KEY = "sk-very-secret-0123456789"


def probe(
    folder: Path, url: str, *texts: str, method: str = "prompted", **options: Any
) -> tuple[Loaded, list[Outcome]]:
    served = spec(folder, "openai", method=method, options={"url": f"{url}/v1", "model": "m", "seconds": 20} | options)
    with Worker(served, LIMITS, folder / "log") as worker:
        return worker.load(), worker.run(examples(*texts))


def failure(folder: Path, script: Callable[[Asked], Answer], *texts: str, **options: Any) -> ProbeFailedError:
    """Return how a probe against a scripted server ends."""
    with serving(script) as (url, _), pytest.raises(ProbeFailedError) as caught:
        probe(folder, url, *(texts or ("hello",)), **options)
    return caught.value


def test_a_real_server_answers_within_the_labels(llama_server: str, tmp_path: Path) -> None:
    """SmolLM2 behind llama.cpp's own server: every answer is a label, tokens are counted both ways."""
    loaded, outcomes = probe(tmp_path, llama_server, *HAM[:2], *SPAM[:2], model="smollm2")
    assert loaded.engine.endswith("(answers constrained by a JSON schema)")
    assert {outcome.output for outcome in outcomes} <= {"ham", "spam"}
    assert all(outcome.error is None and outcome.tokens and outcome.prompt_tokens for outcome in outcomes)


def test_a_real_server_refuses_what_is_too_long(llama_server: str, tmp_path: Path) -> None:
    """An example beyond the context is that example's error, not the candidate's end."""
    _, outcomes = probe(tmp_path, llama_server, "word " * 4000, HAM[0], model="smollm2")
    assert "answers 400" in str(outcomes[0].error)
    assert outcomes[1].error is None


def test_what_a_server_does_not_know_is_left_out(tmp_path: Path) -> None:
    """Newer services want another name for the limit, no temperature, and older ones know no schema."""

    def script(asked: Asked) -> Answer:
        if "max_tokens" in asked.body:
            return Answer(400, {"error": {"message": "'max_tokens' is not supported, use 'max_completion_tokens'"}})
        if "temperature" in asked.body:
            return Answer(400, {"error": {"message": "'temperature' does not support 0"}})
        if "response_format" in asked.body:
            return Answer(422, {"detail": "extra fields not permitted"})
        return said(" **Spam.**\n", prompt_tokens=9, completion_tokens=2)

    with serving(script) as (url, seen):
        loaded, outcomes = probe(tmp_path, url, *SPAM[:3])
    assert loaded.engine.endswith("(answers not constrained)")
    assert [outcome.output for outcome in outcomes] == ["spam"] * 3
    assert (outcomes[0].prompt_tokens, outcomes[0].tokens) == (9, 2)
    assert len(seen) == 3 + 1 + 3  # three lessons, the check, and then one request an example


def test_reasoning_is_no_answer(tmp_path: Path) -> None:
    """What a server leaves before the answer is taken away; a text with nothing but reasoning has the cure as error."""

    def script(asked: Asked) -> Answer:
        if "pills" not in asked.body["messages"][-1]["content"]:
            return said("<think>\nIt sells, so ham is wrong.\n</think>\n\nspam")
        message = {"role": "assistant", "reasoning_content": "It sells"}
        return Answer(body={"choices": [{"message": message, "finish_reason": "length"}]})

    with serving(script) as (url, _):
        _, outcomes = probe(tmp_path, url, *SPAM[:3])
    assert [outcome.output for outcome in outcomes] == ["spam", None, "spam"]
    assert "256 tokens were used up before an answer, as by reasoning; raise max_tokens" in str(outcomes[1].error)


def test_a_refused_text_is_its_own_error_alone(tmp_path: Path) -> None:
    """A service refuses one text for what it says: the others, before and after it, are held to the form as before."""
    words = "Content policy violation: the temperature of max_completion_tokens"  # it may name anything

    def script(asked: Asked) -> Answer:
        if "pills" in asked.body["messages"][-1]["content"]:
            return Answer(400, {"error": {"message": words}})
        return said('{"answer": "spam"}')

    chat = {"url": "", "model": "m", "seconds": 20}
    with serving(script) as (url, seen):
        served = spec(tmp_path, "openai", method="prompted", options=chat | {"url": f"{url}/v1"})
        with Worker(served, LIMITS, tmp_path / "log") as worker:
            loaded = worker.load()
            outcomes = [*worker.run(examples(*SPAM[:3])), *worker.run(examples(HAM[0]))]
        manners = {tuple(sorted(each.body.keys() - {"messages"})) for each in seen}
    assert loaded.engine.endswith("(answers constrained by a JSON schema)")
    assert [outcome.output for outcome in outcomes] == ["spam", None, "spam", "spam"]
    assert "answers 400 (Content policy violation" in str(outcomes[1].error)
    assert manners == {("max_tokens", "model", "response_format", "stream", "temperature")}


def test_parameters_without_fault_are_kept() -> None:
    """A server that refuses every form of a request does not get plainer requests from then on."""
    refuses = Answer(400, {"error": {"message": "come back later"}})
    answers = [refuses, refuses, said('{"answer": "no"}')]
    with serving(lambda _: answers.pop(0)) as (url, seen), Client(parse_address(url), seconds=60) as client:
        chat = ServedChat(client, "m", "here", is_here=True)
        with pytest.raises(CannotLoadError, match="come back later"):
            chat.check([], Constraint(OPTIONS))
        chat.check([], Constraint(OPTIONS))
    assert ["response_format" in each.body for each in seen] == [True, False, True]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(401, {"error": {"message": f"Incorrect API key provided: {KEY}"}}), "refuses the key"),
        (Answer(404, {"error": "model 'm' not found"}), "model 'm' not found"),
        (Answer(200, b"garbage"), "not JSON"),
        (Answer(200, {"choices": []}), "answers a chat in an unexpected form"),
        (Answer(200, ["\x1b[2J"]), "answers a chat in an unexpected form"),
    ],
)
def test_faults_of_a_server_are_circumstances(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer, words: str
) -> None:
    """They say nothing about the model: another try may succeed."""
    monkeypatch.setenv("A_SERVERS_KEY", KEY)
    error = failure(tmp_path, lambda _: answer, key_env="A_SERVERS_KEY")
    assert error.is_circumstance
    assert words in str(error)
    assert KEY not in str(error)


def test_a_server_that_fails_midway_costs_no_example(tmp_path: Path) -> None:
    """The examples that it was asked with are not counted as mistakes."""
    asked_so_far: list[Asked] = []

    def script(asked: Asked) -> Answer:
        asked_so_far.append(asked)
        return said('{"answer": "ham"}') if len(asked_so_far) < 4 else Answer(403, {})

    error = failure(tmp_path, script, *HAM)
    assert error.is_circumstance
    assert "refuses access" in str(error)


def test_the_key_goes_to_the_server_and_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that says the key back in its answers gets it taken out; other keys never reach the worker."""
    monkeypatch.setenv("A_SERVERS_KEY", KEY)
    monkeypatch.setenv("HF_TOKEN", "hf_other")
    with serving(lambda asked: said(asked.headers.get("authorization", "none"))) as (url, seen):
        _, outcomes = probe(tmp_path, url, "hello", key_env="A_SERVERS_KEY")
        assert seen[-1].headers["authorization"] == f"Bearer {KEY}"
        assert outcomes[0].output == "Bearer [key]"
        _, outcomes = probe(tmp_path, url, "hello")
        assert outcomes[0].output == "none"
    assert KEY not in (tmp_path / "log").read_text(encoding="utf-8")


def test_a_key_that_is_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("A_SERVERS_KEY", raising=False)
    error = failure(tmp_path, lambda _: said("x"), key_env="A_SERVERS_KEY")
    assert str(error) == "the environment variable A_SERVERS_KEY is not set; set it to the server's key"


def test_vectors_of_a_server_train_a_head(tmp_path: Path) -> None:
    """Two directions separated by a word: the head learns them; rows in another order are sorted."""

    def script(asked: Asked) -> Answer:
        words = ("free", "win", "pills", "money", "million", "pounds", "rates")
        rows = [
            {"index": n, "embedding": [3.0, 0.1] if any(w in text.lower() for w in words) else [0.1, 3.0]}
            for n, text in enumerate(asked.body["input"])
        ]
        return Answer(body={"data": rows[::-1]})

    with serving(script) as (url, _):
        loaded, outcomes = probe(tmp_path, url, HAM[0], SPAM[0], method="head")
    assert loaded.engine.endswith("(embeddings)")
    assert [outcome.output for outcome in outcomes] == ["ham", "spam"]


OPTIONS = ("Yes", "no")


@for_each(
    ("reply", "answer"),
    [
        ('{"answer": "no"}', "no"),
        ('```json\n{"answer": "Yes"}\n```', "Yes"),
        ("yes.", "Yes"),
        (' "NO" ', "no"),
        ("**no**", "no"),
        ("I think yes", "I think yes"),
        ('{"answer": 3}', "3"),
        ("", ""),
    ],
)
def test_replies_are_read(reply: str, answer: str) -> None:
    """From the object, from a fence, from punctuation; a reply without an option stays unchanged."""
    assert unwrapped(reply, OPTIONS) == answer


@given(st.text(max_size=80))
def test_any_reply_is_read(reply: str) -> None:
    """Nothing is raised, and an option said as it is, is that option."""
    assert isinstance(unwrapped(reply, OPTIONS), str)
    assert unwrapped(json.dumps({"answer": reply}), ()) == reply
    assert unwrapped(f'{{"answer": {json.dumps("no")}}}', OPTIONS) == "no"


def test_a_schema_stands_in_an_object() -> None:
    """Services take an object alone as the root."""
    schema = response_format(Constraint(schema={"type": "array"}))["json_schema"]["schema"]
    assert (schema["type"], schema["properties"]["answer"]) == ("object", {"type": "array"})
