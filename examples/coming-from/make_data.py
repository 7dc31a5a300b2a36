"""Writes the mails of this folder in the forms of promptfoo, OpenAI's evals and inspect; they are made up by templates.

`mails.eval` needs inspect-ai (written with 0.3.285), which runs its mock model: python make_data.py mails.eval
"""

from __future__ import annotations

import csv
import json
import random
import sys
from pathlib import Path

HERE = Path(__file__).parent
INSTRUCTION = "Sort the mail into billing, bug or other. Answer with one word."
TEMPLATES = {
    "billing": (
        "Why does my invoice for {} show {} twice?",
        "I was charged {1} too much for {0}, please refund it.",
        "Which card did you use to bill {1} for {0}?",
        "The receipt for {} over {} never came.",
    ),
    "bug": (
        "{} crashes as soon as I open it, error {}.",
        "Since the update {} only shows a blank page, code {}.",
        "I cannot log in to {}, it says error {}.",
        "The save button of {} does nothing, message {}.",
    ),
    "other": (
        "Do you deliver {} to Norway before day {}?",
        "Is there a branch that shows {}, open at {} o'clock?",
        "Who can tell my class of {1} more about {0}?",
        "Can {} be rented for {} days?",
    ),
}
THINGS = [
    f"the {name}" for name in ("calendar", "tablet", "archive", "phone plan", "scanner", "printer", "map", "backup")
]


def mails(count: int = 72) -> list[tuple[str, str]]:
    """Return mails with their labels, in random order, none twice."""
    pick = random.Random(7)  # noqa: S311  no secret
    found: dict[str, str] = {}
    while len(found) < count:
        label = pick.choice(sorted(TEMPLATES))
        found.setdefault(pick.choice(TEMPLATES[label]).format(pick.choice(THINGS), pick.randint(2, 99)), label)
    return [(text[0].upper() + text[1:], label) for text, label in found.items()]


def write_log(path: Path) -> None:
    """Write inspect's log of a mock model that answers "billing" to every second mail, without its events."""
    from inspect_ai import Task
    from inspect_ai import eval as run
    from inspect_ai.dataset import Sample
    from inspect_ai.log import write_eval_log
    from inspect_ai.model import ModelOutput, ModelUsage, get_model
    from inspect_ai.scorer import match
    from inspect_ai.solver import generate, system_message

    rows = mails()
    outputs = [
        ModelOutput.from_content("mockllm/model", "billing" if at % 2 else want) for at, (_, want) in enumerate(rows)
    ]
    for output in outputs:
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)  # else it fetches a tokenizer
    samples = [Sample(input=text, target=label) for text, label in rows]
    task = Task(dataset=samples, solver=[system_message(INSTRUCTION), generate()], scorer=match(), name="mails")
    (log,) = run(task, model=get_model("mockllm/model", custom_outputs=outputs), max_samples=1, display="none")
    log.eval.model_args = {}
    for sample in log.samples or []:
        sample.events, sample.messages, sample.attachments = [], [], {}
    write_eval_log(log, str(path))


if __name__ == "__main__":
    if sys.argv[1:]:
        write_log(HERE / sys.argv[1])
    with (HERE / "mails.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("mail", "__expected"), *mails()])
    lines = []
    for text, label in mails():
        turns = [{"role": "system", "content": INSTRUCTION}, {"role": "user", "content": text}]
        lines.append(json.dumps({"input": turns, "ideal": label}) + "\n")
    (HERE / "registry/data/mails/samples.jsonl").write_text("".join(lines), encoding="utf-8")
