"""Documentation pages generated when the site is built: the commands, the keys of a task file."""

import inspect
import json
from collections.abc import Iterator
from typing import Any

import typer.main
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from advisor.cli.app import app
from advisor.task.known_formats import KNOWN
from advisor.task.model import Task


def on_files(files: Files, *, config: MkDocsConfig) -> None:
    """Add the generated pages; mkdocs calls this."""
    for name, lines in (("commands.md", commands()), ("task-file.md", task_file()), ("formats.md", formats())):
        files.append(File.generated(config, name, content="\n".join(lines)))


def commands() -> Iterator[str]:
    yield from ("# Commands", "", "As `--help` prints them.", "")
    tree: Any = typer.main.get_command(app)
    yield from _command(tree, "advisor")


def _command(command: Any, name: str) -> Iterator[str]:  # noqa: ANN401  click's, which typer may bring itself
    yield from (f"## {name}", "", inspect.cleandoc(command.help or ""), "")
    context = command.make_context(name, [], resilient_parsing=True)
    yield from ("```text", " ".join([name, *command.collect_usage_pieces(context)]), "```", "")
    if records := [record for each in command.params if (record := each.get_help_record(context)) is not None]:
        yield from ("| Option | |", "| --- | --- |")
        yield from (f"| `{option}` | {_cell(text)} |" for option, text in records)
    for part in filter(None, (command.epilog or "").split("\n\n")):
        yield from ("", part, "") if part.endswith(":") else (f"- {part}",)
    yield ""
    for word, each in getattr(command, "commands", {}).items():
        yield from _command(each, f"{name} {word}")


def formats() -> Iterator[str]:
    yield from ("# Formats", "", "What `--examples` takes besides [tables, texts and folders](own-data.md#files).", "")
    yield from ("| Format | Recognised by | Gives | Not taken |", "| --- | --- | --- | --- |")
    for known in KNOWN:
        cells = (_cell(text).replace("[", "\\[") for text in (known.name, known.sign, known.gives, known.lacks))
        yield f"| {' | '.join(cells)} |"


def task_file() -> Iterator[str]:
    schema = Task.model_json_schema()
    yield from ("# The task file", "", "YAML or JSON. `advisor schema` prints the same as a JSON schema.", "")
    yield from _keys(schema)
    for name, part in schema["$defs"].items():
        yield from (f"## {name}", "", part.get("description", ""), "")
        yield from _keys(part)


def _keys(schema: dict[str, Any]) -> Iterator[str]:
    yield from ("| Key | Value | Default | Meaning |", "| --- | --- | --- | --- |")
    for key, facts in schema["properties"].items():
        default = "required" if key in schema.get("required", ()) else _default(facts.get("default"))
        yield f"| `{key}` | {_cell(_kind(facts))} | {_cell(default)} | {_cell(facts.get('description', ''))} |"
    yield ""


def _default(value: object) -> str:
    return "" if value in (None, "", [], {}) else f"`{json.dumps(value, ensure_ascii=False)}`"


def _kind(facts: dict[str, Any]) -> str:
    if several := facts.get("anyOf"):
        return " or ".join(dict.fromkeys(kind for each in several if (kind := _kind(each)) != "null"))
    if "$ref" in facts:
        name = facts["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if options := facts.get("enum") or ([facts["const"]] if "const" in facts else None):
        return ", ".join(f"`{each}`" for each in options)
    if facts.get("type") == "array":
        return f"list of {_kind(facts.get('items', {}))}"
    if facts.get("type") == "object" and isinstance(values := facts.get("additionalProperties"), dict):
        return f"mapping to {_kind(values)}"
    kinds = facts.get("type", "any value")
    named = {"string": "text", "object": "mapping"}
    return " or ".join(named.get(each, each) for each in ([kinds] if isinstance(kinds, str) else kinds))


def _cell(text: str) -> str:
    """Return a text escaped for a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
