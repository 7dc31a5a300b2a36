"""Options shared by several commands, each declared once."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from advisor.errors import AdvisorError, InputError
from advisor.system.streams import is_terminal

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print only the answer and errors: no plan, notes or progress.")
]

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def agrees(question: str, what: str, *, default: bool = False, lacking: type[AdvisorError] = InputError) -> bool:
    """Ask for consent at the terminal; `lacking` is the error without one."""
    if not is_terminal(sys.stdin):
        raise lacking(f"{what} needs consent: add --yes")
    return typer.confirm(question, default=default, err=True)


def run_names(incomplete: str) -> list[str]:
    """Return the names of runs with this beginning, for shell completion."""
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
SendTo = Annotated[list[str] | None, typer.Option(metavar="HOST", help="Consent to sending examples to this host.")]
On = Annotated[
    str,
    typer.Option(
        "--on",
        metavar="ray[:HOST:PORT]|here",
        help="Probe on a Ray cluster: at this address, else RAY_ADDRESS; here: not, whatever the settings say.",
    ),
]
Replicas = Annotated[
    int, typer.Option(min=1, help="With --on: workers that share one candidate's examples; same verdicts.")
]
Label = Annotated[
    list[str] | None,
    typer.Option("--label", metavar="KEY=VALUE", help="With --on: only nodes with this Ray label; repeatable."),
]
AllowCode = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-code",
        metavar="FILE",
        help="Consent to running this file's code (a task's scorer), with its present content. Or the name of a model "
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
        help="With words: the file of examples, - for standard input, or hf://datasets/owner/name; "
        "`advisor task formats` lists evaluations and exports that are read (promptfoo, inspect, Langfuse, ...).",
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


def given_options(context: typer.Context) -> list[str]:
    """Return the options that the command line has, such as "--top", so that none is ignored in silence."""
    sources = ((each, context.get_parameter_source(each.name or "")) for each in context.command.params)
    return [each.opts[0] for each, source in sources if source is not None and source.name == "COMMANDLINE"]
