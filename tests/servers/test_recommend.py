"""Servers in the real command: found, named, agreed to, measured, reported, and no key left behind."""

import json
from pathlib import Path

import pytest

from advisor.servers.listing import models_of, running
from tests.conftest import Home, run_advisor
from tests.servers.scripted import Answer, Asked, said, serving

KEY = "sk-very-secret-0123456789"
GLAD, SAD = "What a lovely day, I smile", "All is grey and I am in tears"


def write_task(folder: Path, more: str, *, count: int = 12) -> Path:
    """Write a task of glad and sad texts with these further keys."""
    rows = [f'"{GLAD if n % 2 else SAD}, number {n}",{"glad" if n % 2 else "sad"}' for n in range(count)]
    (folder / "moods.csv").write_text("text,label\n" + "\n".join(rows) + "\n", encoding="utf-8")
    task = folder / "task.yaml"
    task.write_text(
        "name: moods\ninstruction: Say whether a text is glad or sad.\nlabels: [glad, sad]\n"
        f"examples: {{path: moods.csv}}\nteaching: {{count: 0}}\nbar: {{pass_rate: 0.7}}\nbaselines: skip\n{more}\n",
        encoding="utf-8",
    )
    return task


def mood(asked: Asked) -> Answer:
    """Answer right, and echo the key if there is one."""
    if asked.method == "GET":
        return Answer(body={"data": [{"id": "tiny"}, {"id": "other"}]})
    text = asked.body["messages"][-1]["content"]
    label = "glad" if "lovely" in text else "sad"
    return said(json.dumps({"answer": label}), prompt_tokens=30, completion_tokens=10)


def everything_in(folder: Path) -> str:
    return "".join(p.read_text(encoding="utf-8", errors="replace") for p in folder.rglob("*") if p.is_file())


def test_a_real_server_is_measured_and_fails(ready_home: Home, tmp_path: Path, llama_server: str) -> None:
    """SmolLM2-135M on llama-server: the server reports its size, its answers are at chance level."""
    task = write_task(tmp_path, f"servers: [{{url: '{llama_server}', name: served}}]\nmodels: [served]", count=8)
    ran = run_advisor(ready_home, "recommend", task, "--json")
    result = json.loads(ran.out)
    only = result["candidates"][0]
    assert (ran.code, only["verdict"]) in {(3, "fails"), (3, "given up"), (4, "undecided")}  # rows may be too few
    assert (only["runtime"], only["place"]) == ("openai", "server")
    assert (only["parameters"], only["precision"], only["sent_to"]) == (134_515_008, "q4_1", None)
    assert 96_576_768 < only["serving_bytes"] < 150_000_000
    assert only["peak_memory_bytes"] is None
    assert only["seconds_per_example"] > 0


def test_all_that_a_server_lists_is_tried_after_what_has_a_size(ready_home: Home, tmp_path: Path) -> None:
    """Two models of unknown size come after the four starter models, and are shown as unknown."""
    with serving(mood) as (url, _):
        task = write_task(tmp_path, f"servers: [{{url: '{url}'}}, {{url: '{url}', model: big, parameters: 70B}}]")
        plan = run_advisor(ready_home, "recommend", task, "--plan-only", "--json")
        listed = json.loads(plan.out)["candidates"]
    assert [each["place"] for each in listed[-3:]] == ["server"] * 3
    assert [each["serving_bytes"] for each in listed[-2:]] == [None, None]
    assert listed[-3]["serving_bytes"] > 140_000_000_000
    assert not any(each["place"] == "server" for each in listed[:-3])


def test_a_key_is_in_no_file_of_the_run(ready_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server echoes the key in answers and errors; neither folder nor output has it; costs are counted."""
    monkeypatch.setenv("A_SERVERS_KEY", KEY)
    answered: list[Asked] = []

    def script(asked: Asked) -> Answer:
        answered.append(asked)
        if len(answered) == 4:
            return said(f"your key is {asked.headers['authorization']}")
        if len(answered) == 6:
            return Answer(400, {"error": {"message": f"never mind {KEY}"}})
        return mood(asked)

    with serving(script) as (url, seen):
        task = write_task(
            tmp_path,
            f"servers: [{{url: '{url}', model: tiny, key_env: A_SERVERS_KEY, name: mine}}]\nmodels: [mine]\n"
            "costs: {price_per_million_tokens: 2, price_per_hour: 1, currency: EUR}\n",
            count=40,
        )
        ran = run_advisor(ready_home, "recommend", task, "--require", "provisional")
        assert all(each.headers["authorization"] == f"Bearer {KEY}" for each in seen)
    folder = ready_home.data / "model-advisor"
    kept = everything_in(folder / "runs") + everything_in(tmp_path)
    assert "[key]" in kept
    assert KEY not in kept
    assert KEY not in ran.out + ran.err
    assert "A_SERVERS_KEY" in kept  # its name is no secret
    result = json.loads(next((folder / "runs").glob("*/result.json")).read_text(encoding="utf-8"))
    # A server of this machine costs the machine's hours.
    assert result["candidates"][0]["cost_per_million"]["basis"].endswith("hours of this machine")
    assert "EUR a million requests" in ran.out
    assert "include the network" in ran.out


def test_nothing_leaves_without_consent(ready_home: Home, tmp_path: Path) -> None:
    """A server elsewhere: the plan says what is sent where; without --send-to HOST nothing is run (exit 2)."""
    task = write_task(
        tmp_path,
        "servers: [{url: 'http://models.invalid/v1', model: m, key_env: A_SERVERS_KEY, name: far}]\nmodels: [far]",
    )
    sentence = "Your examples are sent to models.invalid, with the key in A_SERVERS_KEY; no encryption on the way."
    plan = run_advisor(ready_home, "recommend", task, "--plan-only")
    assert plan.code == 0
    assert sentence in plan.out
    for flags in ([], ["--yes"], ["--send-to", "other.invalid"]):
        ran = run_advisor(ready_home, "recommend", task, *flags)
        assert ran.code == 2
        assert ran.err.strip() == f"error: {sentence.rstrip('.')}; if you agree, add --send-to models.invalid"
    assert not list((ready_home.data / "model-advisor" / "runs").glob("*/run.json"))


def test_a_server_that_is_not_there_costs_only_itself(ready_home: Home, tmp_path: Path) -> None:
    """Agreed to but out of reach: nothing could be run, with the reasons."""
    task = write_task(
        tmp_path,
        "servers: [{url: 'http://models.invalid/v1', model: m, name: far}, {url: 'http://127.0.0.1:9', model: n}, "
        "{url: 'http://127.0.0.1:9'}]\nmodels: [far]",
    )
    ran = run_advisor(ready_home, "recommend", task, "--send-to", "models.invalid", "--json")
    result = json.loads(ran.out)
    reasons = {each["model"]: each["reason"] for each in result["candidates"]}
    assert ran.code == 5
    assert "the server models.invalid cannot be reached" in reasons["far"]
    assert "nothing listens there; is it started?" in reasons["n (127.0.0.1:9)"]
    assert [each["model"] for each in result["left_out"]] == ["server 127.0.0.1:9"]


@pytest.mark.parametrize(
    ("servers", "cure"),
    [
        ("[{url: 'https://api.example'}]", "model: name it"),
        ("[{url: 'http://127.0.0.1:1', key_env: sk-123}]", "write the name of the variable"),
        ("[{url: 'http://a:b@127.0.0.1:1'}]", "key_env"),
        ("http://127.0.0.1:1", "write a list of servers"),
        ("[{url: 'http://127.0.0.1:1', modle: x}]", "did you mean 'model'?"),
    ],
)
def test_a_wrong_entry_is_an_error(home: Home, tmp_path: Path, servers: str, cure: str) -> None:
    ran = run_advisor(home, "recommend", write_task(tmp_path, f"servers: {servers}"))
    assert ran.code == 2
    assert cure in ran.err
    assert "task.yaml:8" in ran.err
    assert "sk-123" not in ran.err


def test_running_servers_are_found(llama_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By their ports, each with its models and its facts about them."""
    port = int(llama_server.rpartition(":")[2])
    with serving(lambda _: Answer(200, b"<html>not such a server</html>")) as (other, _):
        ports = {port: "llama-server", int(other.rpartition(":")[2]): "vLLM", 9: "LM Studio"}
        monkeypatch.setattr("advisor.servers.listing.DEFAULT_PORTS", ports)
        monkeypatch.delenv("OLLAMA_HOST", raising=False)
        found = running()
    assert [(each.kind, each.models[0].model, each.models[0].parameters) for each in found] == [
        ("llama-server", "smollm2", 134_515_008)
    ]


def test_facts_from_ollama() -> None:
    """Its list has only names; its tags have sizes. Invalid names and sizes are left out."""

    def script(asked: Asked) -> Answer:
        if asked.path == "/v1/models":
            return Answer(body={"data": [{"id": each, "owned_by": "library"} for each in ("qwen2.5:0.5b", "huge")]})
        details = {"parameter_size": "494.03M", "quantization_level": "Q4_K_M"}
        known = {"name": "qwen2.5:0.5b", "size": 397_821_319, "details": details}
        return Answer(body={"models": [{"name": ["no name"]}, known, known | {"name": "huge", "size": 10**400}]})

    from advisor.servers.client import parse_address

    with serving(script) as (url, _):
        huge, usual = models_of(parse_address(url))
    assert (usual.parameters, usual.weights_bytes, usual.precision) == (494_030_000, 397_821_319, "q4_k_m")
    assert huge.weights_bytes is None


def test_a_served_model_is_verified_and_exported_by_its_address(ready_home: Home, tmp_path: Path) -> None:
    """`advisor verify` asks the server again as the run did; there are no weights, so only its address is exported."""
    with serving(mood) as (url, seen):
        task = write_task(tmp_path, f"servers: [{{url: '{url}', model: tiny, name: mine}}]\nmodels: [mine]", count=30)
        run_advisor(ready_home, "recommend", task, code=0)
        before = len(seen)
        again = run_advisor(ready_home, "verify", "last", "--json", code=0)
        document = json.loads(again.out)
        assert (document["verdict"], document["passes"]) == ("holds", document["asked"])
        assert len(seen) - before > document["asked"]
    export = run_advisor(ready_home, "export", "last", "--output", tmp_path / "out", code=0)
    assert "not for python" in export.err
    assert url in (tmp_path / "out" / "litellm.yaml").read_text(encoding="utf-8")
    gone = run_advisor(ready_home, "verify", "last")
    assert gone.code == 5
    assert "nothing listens there; is it started?" in gone.err


def test_auto_takes_what_listens_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each server found at the usual ports, but for those that the task names itself; none found is no error."""
    from types import SimpleNamespace

    from advisor.candidates import remote
    from advisor.task.file import load_task

    with serving(mood) as (one, _), serving(mood) as (two, _):
        ports = {int(each.rpartition(":")[2]): "some kind" for each in (one, two)}
        monkeypatch.setattr("advisor.servers.listing.DEFAULT_PORTS", ports | {9: "none"})
        auto = load_task(write_task(tmp_path, "servers: auto"))
        both = load_task(write_task(tmp_path, f"servers: [{{url: '{two}', model: tiny}}, {{url: auto}}]"))
        found = [
            [(each.url, each.model) for each in remote._named(SimpleNamespace(task=task))]  # type: ignore[arg-type]
            for task in (auto, both)
        ]
    assert found[0] == [(f"{one}/v1", None), (f"{two}/v1", None)]
    assert found[1] == [(f"{two}/v1", "tiny"), (f"{one}/v1", None)]
    assert remote._named(SimpleNamespace(task=auto)) == []  # type: ignore[arg-type]
