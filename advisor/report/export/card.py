"""The exported folder's MODEL_CARD.md: what was chosen, how sure that is, how to use it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.report import sentences
from advisor.report.markdown import prose
from advisor.report.method import method
from advisor.report.sanitize import for_markdown
from advisor.units import format_bytes, format_count, percent, percent_floor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor.report.model import Report

_QUOTES, _SAFE = '"""', "'''"


def final_lines(trained: int, evidence: int) -> list[str]:
    """Return which head a folder holds, and which one the certificate is about."""
    return [
        "## Which head this is",
        "",
        (
            f"This head was trained again on all {trained} rows, the {evidence} that were evidence among them. What is "
            "claimed above is about the head of the probe, which saw none of these: this one is likely as good or "
            "better, and no row is left to prove it."
        ),
        "",
    ]


def model_card(document: Report, files: dict[str, str], names: list[str], more: list[str]) -> str:
    """Return the card: `files` are the weights with their sha256, `more` are the lines that follow the use."""
    chosen = document.candidates[document.recommended or 0]
    origin, bar = document.reproduce, document.bar
    low = percent_floor(chosen.lower_bound or 0.0)
    proven = f", proven at least {low} for new inputs" if document.strength == "certified" else ""
    right = f"{chosen.passes} of {chosen.outcomes}{proven} (bar {percent(bar.pass_rate)})"
    libraries = prose(", ".join(f"{name} {version}" for name, version in sorted(origin.libraries.items())))
    begun = prose(one_line(origin.made or "at an unknown time", 40))
    kind = sentences.method_words(chosen.runtime or "?", chosen.method or "?")
    lines = [
        f"# {prose(one_line(document.task.name, 80))}: {prose(sentences.name_of(chosen))}",
        "",
        *(part for claim in (sentences.headline(document), *sentences.claims(document)) for part in (prose(claim), "")),
        "| | |",
        "| --- | --- |",
        f"| model | {for_markdown(chosen.model)} |",
        f"| revision | {for_markdown(chosen.revision or 'a local folder')} |",
        f"| used as | {prose(kind)} |",
        f"| licence | {prose(one_line(chosen.license or 'unknown', 60))} |",
        f"| parameters | {format_count(chosen.parameters)} |",
        f"| memory to serve | {format_bytes(chosen.serving_bytes)} |",
        f"| right | {right} |",
        f"| labels | {for_markdown(', '.join(document.task.labels), 400)} |",
        "",
        "## Use",
        "",
        "```sh",
        "pip install -r requirements.txt",
        'python predict.py "a text" "another one"',
        "python predict.py < texts.txt",
        "```",
        "",
        "```python",
        "from predict import predict",
        'predict(["a text", "another one"])',
        "```",
        "",
        *more,
        "## Files",
        "",
        *(f"- {for_markdown(name)}" for name in names),
        "",
        "Weights and their sha256:",
        "",
        *(f"- {for_markdown(name)}: {for_markdown(digest)}" for name, digest in files.items()),
        "",
        "## Task",
        "",
        f"> {prose(one_line(document.task.instruction, 1000))}",
        "",
        *(
            f"- {for_markdown(label)}{': ' + prose(one_line(meaning, 200)) if meaning else ''}"
            for label, meaning in list(document.task.labels.items())[:200]
        ),
        "",
        "## How it was chosen",
        "",
        *(part for line in method(document) for part in (prose(line), "")),
        f"Run {document.run}, begun {begun}, with {libraries}.",
        "",
    ]
    return "\n".join(lines)


def llama_lines(model: str, revision: str | None, file: str, labels: list[str], context: int) -> list[str]:
    """Return how to serve a GGUF with llama-server and with Ollama, with so many tokens of context."""
    source = ["--model", file] if revision is None else ["--hf-repo", model, "--hf-file", file]
    command = ["llama-server", *source, "--ctx-size", str(context), "--temp", "0"]
    if labels:
        command += ["--grammar-file", "labels.gbnf"]
    return [
        "## Serve",
        "",
        "The system prompt is in `prompt.txt`; send it as the first message.",
        "",
        "```sh",
        shlex.join(one_line(part, 300) for part in command),
        "```",
        "",
        "```sh",
        "ollama create my-choice -f Modelfile",
        "```",
        "",
        *(
            [
                (
                    "The grammar holds answers to the labels. Ollama knows no grammar: send "
                    "`format` with the JSON schema in `labels.schema.json`, and expect the label in quotes."
                ),
                "",
            ]
            if labels
            else []
        ),
    ]


def modelfile(
    model: str, file: str, prompt: str, local: str | None, *, context: int, shown: Sequence[Mapping[str, str]]
) -> str:
    """Return an Ollama Modelfile of a GGUF file, in the place `local` beside it or on the Hub.

    `shown` are the examples that it was shown, by role; `context` is how many tokens it was probed with.
    """
    quantisation = file.removesuffix(".gguf").rpartition(".")[2].rpartition("-")[2]
    source = f"./{local}" if local else f"hf.co/{model}:{quantisation}"
    said = [("SYSTEM", prompt), *((f"MESSAGE {role}", text) for each in shown for role, text in each.items())]
    # Three quotes would end the text early.
    lines = [f"{key} {_QUOTES}{text.replace(_QUOTES, _SAFE)}{_QUOTES}" for key, text in said]
    head = [f"FROM {one_line(source, 300)}", "PARAMETER temperature 0", f"PARAMETER num_ctx {context}"]
    return "\n".join([*head, *lines, ""])
