"""The instruction of chats and evaluations, wherever a program writes it."""

import json
from pathlib import Path
from typing import Any

from advisor.task.evaluations.known import read, settled_by
from tests.tables import for_each
from tests.task.helpers import write
from tests.task.test_evaluations import FOLDER, INSPECT, INSTRUCTION


def test_chats_say_their_instruction() -> None:
    """The system message that all of them share, of fine-tuning data as of the samples of an eval."""
    for name in ("chats.jsonl", "registry/data/mails/samples.jsonl"):
        found = settled_by(FOLDER / name)
        assert found.settled == {"instruction": INSTRUCTION}
    assert settled_by(FOLDER / "boolq.jsonl") is None


TURNS = [{"role": "user", "content": "Where is my invoice?"}, {"role": "assistant", "content": "billing"}]

SYSTEM = {"role": "system", "content": INSTRUCTION}

LOGGED: dict[str, Any] = {
    "chats": {"messages": [SYSTEM, *TURNS]},
    "next to the turns": {"system": INSTRUCTION, "conversations": TURNS},
    "a logged call": {"request": {"messages": [SYSTEM, TURNS[0]]}, "response": {"choices": [{"message": TURNS[1]}]}},
    "parts": {"request": {"system": [{"type": "text", "text": INSTRUCTION}], "messages": TURNS}},
}


@for_each("form", LOGGED)
def test_a_system_message_is_found_wherever_programs_write_it(tmp_path: Path, form: str) -> None:
    """Among the turns or next to them, in a request that is logged, in lines or one list."""
    records = [LOGGED[form] | {"n": n} for n in range(3)]
    lines = write(tmp_path / "x.jsonl", "".join(f"{json.dumps(each)}\n" for each in records))
    for path in (lines, write(tmp_path / "x.json", json.dumps(records))):
        found = settled_by(path)
        assert found is not None
        assert found.settled == {"instruction": INSTRUCTION}


@for_each("form", ["OpenAI's", "Anthropic's"])
def test_the_tools_that_a_chat_may_call_belong_to_its_instruction(tmp_path: Path, form: str) -> None:
    fields = {"type": "object", "properties": {"room": {"type": "string"}, "on": {}}}
    light = {"name": "light", "description": "Switch a light"}
    tool = light | {"input_schema": fields} if form != "OpenAI's" else {"function": light | {"parameters": fields}}
    line = "- light(room: string, on): Switch a light"
    for above, said in (([SYSTEM], INSTRUCTION), ([], "Call the right tool.")):
        chats = json.dumps({"messages": [*above, *TURNS], "tools": [tool]})
        found = settled_by(write(tmp_path / "x.jsonl", f"{chats}\n{chats}\n"))
        assert found is not None
        assert found.settled == {"instruction": f"{said}\n{line}"}


PROMPTS = {
    "Sort it. One word.\n\nTicket: {{q}}": "Sort it. One word.",
    "Sort it.\n### Customer message:\n{{q}}\n": "Sort it.",
    "Translate: {{q}}": "Translate",
    "You know French.\nTranslate what follows to French: {{q}}": "You know French.\nTranslate what follows to French",
}


@for_each("prompt", PROMPTS)
def test_an_instruction_ends_before_the_fields_label(tmp_path: Path, prompt: str) -> None:
    """The template keeps it; where nothing else is said it is the instruction."""
    tests = [{"vars": {"q": "a"}, "assert": [{"type": "equals", "value": "b"}]}]
    found = read(write(tmp_path / "c.yaml", json.dumps({"prompts": [prompt], "tests": tests})))
    assert found.settled["instruction"] == PROMPTS[prompt]
    assert found.settled["prompt.template"] == prompt.replace("{{q}}", "{text}")


def test_a_log_of_chats_has_their_system_message(tmp_path: Path) -> None:
    """Where the samples bring it themselves, and no solver does."""
    log = json.loads((FOLDER / "mails.json").read_text(encoding="utf-8")) | {"plan": {"steps": []}}
    for sample in log["samples"]:
        chat = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": sample["input"]}]
        sample |= {"input": chat, "messages": []}
    found = read(write(tmp_path / "x.json", json.dumps(log)))
    assert (found.settled["instruction"], found.settled["examples.input"]) == ("Be brief.", "text")
    assert found.rows[0].columns == {"text": INSPECT[0]["input"], "expected": "billing", "metadata.lang": "en"}
