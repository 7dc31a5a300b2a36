"""Defaults from the machine, through the front end: its memory, disk, cards, models and servers as they really are."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import Home, run_advisor
from tests.local_hub import LocalHub
from tests.servers.conftest import llama_server
from tests.workflow.test_conversations import Line, asked, converse
from tests.workflow.test_locks import some_mails

__all__ = ["llama_server"]
WORDS = "tell spam from ham mails"
# What the driver's own tool prints on a machine with a card; no machine of the tests has one.
CARD = "#!/bin/sh\necho 'NVIDIA H100 80GB HBM3, 81559'\n"


class EnoughError(Exception):
    """What was to be seen was seen: the interview is left."""


def test_the_machine_is_seen_and_what_it_says_is_the_default(
    ready_home: Home, llama_server: str, tmp_path: Path
) -> None:
    """A Hub that answers, a server, a card: each is shown with its figure; the budget fits the disk."""
    tool = tmp_path / "bin" / "nvidia-smi"
    tool.parent.mkdir()
    tool.write_text(CARD, encoding="utf-8")
    tool.chmod(0o755)
    mails = some_mails(tmp_path)

    def answer(line: Line) -> Any:
        return {"value": False if line["key"] == "plan" else line["default"]}

    with LocalHub() as hub:
        environment = {
            "HF_ENDPOINT": hub.url,
            "OLLAMA_HOST": llama_server.removeprefix("http://").removesuffix("/v1"),
            "PATH": f"{tool.parent}{os.pathsep}{os.environ['PATH']}",
        }
        code, lines = converse(ready_home, ["--examples", str(mails), WORDS], answer, environment)
    assert code == 130  # the plan was refused
    questions = {line["key"]: line for line in lines if line["type"] == "question"}
    facts = {fact["key"]: fact for fact in questions["plan"]["understanding"]["facts"]}
    assert {facts[key]["source"] for key in ("memory", "disk", "device")} == {"machine"}
    assert facts["memory"]["value"] <= psutil.virtual_memory().total
    assert facts["device"]["value"] == "gpu"
    assert facts["device"]["words"] == "NVIDIA H100 80GB HBM3, 80 GiB"
    free = shutil.disk_usage(ready_home.data.parent).free
    assert abs(facts["disk"]["value"] - free) < 0.2 * free

    download = questions["download"]
    assert download["default"] <= max(0.1 * free, 0)
    here = json.loads(run_advisor(ready_home, "models", "--json").out)
    installed = sum(each["reason"] is None for each in here)
    assert download["default_from"].startswith(f"{installed} models are on this disk, ")
    assert download["default_from"].endswith(" of it are free")
    # With at most 2 GB downloaded a memory of 4 GB rules out nothing, and one server's model is one of thousands.
    assert asked(lines)[0] == "download"
    assert not {"constraints.languages", "constraints.max_memory", "servers"} & set(questions)


def test_what_may_be_downloaded_is_asked_once_and_proposed_from_then_on(ready_home: Home, tmp_path: Path) -> None:
    """The answer of the session before is the default of the next, of other mails too."""
    proposed = []

    def answer(line: Line) -> Any:
        if line["key"] != "download":
            raise EnoughError
        proposed.append((line["default"], line["default_from"].rpartition("; ")[2]))
        return {"value": 700_000_000}

    with LocalHub() as hub:
        for name in ("first", "second"):
            (tmp_path / name).mkdir()
            arguments = ["--examples", str(some_mails(tmp_path / name)), WORDS]
            with pytest.raises(EnoughError):
                converse(ready_home, arguments, answer, {"HF_ENDPOINT": hub.url})
    assert len(proposed) == 2
    assert proposed[0][0] != 700_000_000
    assert proposed[1] == (700_000_000, "your answer of last time")


def test_a_server_here_is_offered_where_it_decides(ready_home: Home, llama_server: str, tmp_path: Path) -> None:
    """Without a Hub one server's model is one of five: it is asked about, and taken by default into the plan."""
    mails = some_mails(tmp_path)
    place = llama_server.removeprefix("http://").removesuffix("/v1")

    def answer(line: Line) -> Any:
        return {"value": False if line["key"] == "plan" else line["default"]}

    arguments = ["--offline", "--examples", str(mails), WORDS]
    code, lines = converse(ready_home, arguments, answer, {"OLLAMA_HOST": place})
    assert code == 130
    assert "download" not in asked(lines)
    [servers] = [line for line in lines if line["type"] == "question" and line["key"] == "servers"]
    assert servers["default"] == "auto"
    assert servers["default_from"] == "a server on this machine offers 1 model"
    assert [choice["detail"] for choice in servers["choices"]] == ["5 models left", "4 models left"]
    plan = next(line["plan"] for line in reversed(lines) if line["type"] == "planned")
    assert f"smollm2 ({place})" in {each["model"] for each in plan["candidates"]}


def test_words_that_forbid_it_are_repeated_before_examples_are_sent(ready_home: Home, tmp_path: Path) -> None:
    servers = 'servers=[{"url": "http://models.invalid/v1", "model": "m", "name": "far"}]'
    arguments = ["--offline", "--examples", str(some_mails(tmp_path)), "--set", servers, "--set", 'models=["far"]']
    questions: list[Line] = []

    def answer(line: Line) -> Any:
        questions.append(line)
        if line["key"] == "send_to":
            raise EnoughError
        return {"value": line["default"]}

    with pytest.raises(EnoughError):
        converse(ready_home, [*arguments, f"{WORDS}; nothing may leave our laptop"], answer, {})
    said = 'Your words say "nothing may leave". Your examples are sent to models.invalid'
    assert questions[-1]["text"].startswith(said)
