"""Options that several commands have, each told once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, the beginning of one, its folder, or last.")]
RunNames = Annotated[
    list[str], typer.Argument(metavar="RUN...", help="A run, named as said, or all runs of a job of several parts.")
]
SendTo = Annotated[
    list[str] | None,
    typer.Option(metavar="HOST", help="Agree that examples are sent to this host, for a server elsewhere."),
]
Offline = Annotated[bool, typer.Option("--offline", help="Use only what is at hand; never ask the Hub.")]
Words = Annotated[str, typer.Argument(metavar="WORDS", help="The task in plain words.")]
ExamplesFile = Annotated[Path | None, typer.Option("--examples", help="With words: the file of examples.")]
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
