"""Options that several commands have, each told once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print only the answer and errors: no plan, notes or progress.")
]


def run_names(incomplete: str) -> list[str]:
    """Return the names of runs that begin so, for the shell to complete."""
    from advisor.paths import runs_dir

    try:
        known = sorted(folder.name for folder in runs_dir().iterdir() if (folder / "run.json").is_file())
    except OSError:
        known = []
    return [name for name in ("last", *known) if name.startswith(incomplete)]


RunName = Annotated[
    str,
    typer.Argument(
        metavar="RUN", help="A run's id, the beginning of one, its folder, or last.", autocompletion=run_names
    ),
]
SendTo = Annotated[
    list[str] | None,
    typer.Option(metavar="HOST", help="Agree that examples are sent to this host, for a server elsewhere."),
]
AllowCode = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-code",
        metavar="FILE",
        help="Agree that this file's code runs here, with its present content: a task's scorer. Or the name of a model "
        "whose own code or pickles the task allows, or a folder outside the task's that it reads.",
    ),
]
Offline = Annotated[bool, typer.Option("--offline", help="Use installed models only; never ask the Hub.")]
Words = Annotated[str, typer.Argument(metavar="WORDS", help="The task in plain words.")]
ExamplesFile = Annotated[
    str | None,
    typer.Option(
        "--examples",
        metavar="FILE",
        help="With words: the file of examples, - for what is piped in, or hf://datasets/owner/name of the Hub.",
    ),
]
Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Answer a question by its key; repeatable.")
]
AnswersFile = Annotated[
    Path | None, typer.Option("--answers", help="With words: a YAML or JSON file of keys and answers.")
]
LanguageModel = Annotated[
    str,
    typer.Option(
        metavar="ADDRESS|FILE",
        help="A language model that helps to read the words: an OpenAI-compatible address or a GGUF file.",
    ),
]
