"""The exported Python module: the run's snippet with relative paths, its head's weights read from a file."""

import ast
import json
import re
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import distributions
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from advisor.engines.table import ENGINES
from advisor.families import family as family_of
from advisor.report.usage_head import BEGINS, reading
from advisor.system.plugins import installed_version, plugins

T = TypeVar("T")
_THIS, _PACKAGE = "advisor", "model-advisor"
# Functions that read a family's files, whatever the engine.
_EXTRAS = {"image": "images", "audio": "speech"}
# Names of files in examples, and what such a file is called.
_FILES = {"image": ("photo.jpg", "another.jpg", "picture"), "audio": ("sound.wav", "another.wav", "recording")}
# The part of an input that is a list of texts.
_LIST = "candidates"
# Marks the part after which new inputs are read as the examples were.
AS_SHOWN = "# The examples' HTML"

_TOP = '''\
"""{title}

    from predict import predict
    predict({listed})

or: python predict.py {given}
or, with {a_line} a line: python predict.py < {file}
"""

from pathlib import Path

HERE = Path(__file__).resolve().parent
'''
# Without it the first import of this package would only report that there is no module "advisor".
_NEEDS = """
try:
    import advisor
except ImportError:
    raise ImportError("needs {needed}: README.md says how it is installed") from None
"""

_BOTTOM = """\

if __name__ == "__main__":
    import json
    import os
    import sys

    for stream, encoding in ((sys.stdin, "utf-8-sig"), (sys.stdout, "utf-8")):
        if stream is not None:
            stream.reconfigure(encoding=encoding)
    try:
        given = sys.argv[1:] or [line.rstrip("\\n") for line in sys.stdin or ()]
        "".join(given).encode()
    except UnicodeError:
        sys.exit("the input is not UTF-8 text")
{parts}    try:
        for answer in {answers}:
            is_line = isinstance(answer, str) and len(answer.splitlines()) < 2  # one answer a line
            print(answer if is_line else json.dumps(answer, ensure_ascii=False))
        print(end="", flush=True)
    except BrokenPipeError:  # the reader closed the pipe, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
{ends}"""
_OF_PARTS = """\
    try:
        given = [dict(json.loads(each)) for each in given if each.strip()]
    except (TypeError, ValueError):
        given = [{}]
    if not all(each.keys() >= {%s} for each in given):
        sys.exit(%r)
"""
# Of a text of several columns, which may have several lines.
_OF_COLUMNS = """\
    columns = %r

    def text_of(given):
        try:
            cells = json.loads(given)
        except ValueError:
            return given
        if not isinstance(cells, dict) or cells.keys().isdisjoint(columns):
            return given
        return "\\n".join(filter(str.strip, (words_of(cells.get(name)) for name in columns)))

    def words_of(cell):
        if cell is None or cell != cell:  # NaN
            return ""
        cell = int(cell) if isinstance(cell, float) and cell.is_integer() else cell
        return cell if isinstance(cell, str) else json.dumps(cell)

    given = [text_of(each) for each in given]
"""
_OF_TEXTS = """\
    for name in filter(os.path.isfile, sys.argv[1:]):
        print(f"{name}: answered as the text of its name; predict.py < FILE answers a file's lines", file=sys.stderr)
"""
# One by one: a file that cannot be read keeps no other from its answer.
_OF_FILES = """\
    unread = []

    def answer_to(path):
        try:
            if not Path(path).is_file():
                raise FileNotFoundError("there is no such file")
            return predict(path)[0]
        except Exception as error:
            unread.append(path)
            print(f"{path}: {' '.join(str(error).split()) or type(error).__name__}", file=sys.stderr)
            return ""

"""


class Shown(NamedTuple):
    """How a module is called, in Python and on the command line: with texts, or with JSON of the task's parts.

    `one` is an input as JSON, `listed` inputs in Python, `given` the same as arguments, `file` a file of one per line,
    which has `a_line` in each.
    """

    one: str
    listed: str
    given: str
    file: str
    a_line: str


def shown(parts: Sequence[str], file_part: str | None = None, columns: Sequence[str] = ()) -> Shown:
    """Return how a module with these input parts is called: if there are none, with texts or the paths of files.

    A text of several columns has a line of each, and is JSON on the command line.
    """
    if file_part:
        one, other, kind = _FILES.get(file_part, ("file.bin", "another.bin", "file"))
        return Shown(f'"{one}"', f'["{one}", "{other}"]', f"{one} {other}", "paths.txt", f"the path of a {kind}")
    if columns and not parts:
        named = {column: f"the {column}" for column in columns}
        one, cells = (json.dumps(each, ensure_ascii=False) for each in ("\n".join(named.values()), named))
        return Shown(one, f"[{one}]", shlex.quote(cells), "inputs.jsonl", "JSON")
    if not parts:
        return Shown('"a text"', '["a text", "another one"]', '"a text" "another one"', "texts.txt", "a text")
    named = {part: f"the {part}" for part in parts}
    one = json.dumps(named | ({_LIST: ["a text", "another one"]} if _LIST in named else {}), ensure_ascii=False)
    return Shown(one, f"[{one}]", f"'{one}'", "inputs.jsonl", "JSON")


def module(
    usage: str,
    title: str,
    moved: dict[str, str],
    *,
    parts: Sequence[str] = (),
    needed: str = "",
    file_part: str | None = None,
    columns: Sequence[str] = (),
) -> str:
    """Return a run's snippet as the text of a module.

    `moved` are paths in it, with their places in the exported folder; `parts` are those of an input, unless it is a
    text, maybe of several `columns`, or the file that `file_part` names; `needed` is this package with its version,
    if the snippet loads its model through it.
    """
    asked, begins, shows = usage.partition(AS_SHOWN)
    body = asked.partition(BEGINS)[0].rstrip() + "\n\n" + reading(asked) if has_head(usage) else asked.rstrip() + "\n"
    code = relative(body, moved) + (f"\n\n{begins}{shows}" if shows else "")
    safe = title.replace("\\", "\\\\").replace('"', "'")
    use = shown(parts, file_part, columns)
    in_docstring = {name: each.replace("\\", "\\\\").replace('""', '"\\"') for name, each in use._asdict().items()}
    top = _TOP.format(title=safe, **in_docstring)
    top += _NEEDS.format(needed=needed) if needed else ""
    said = f"each input is JSON with its parts, such as '{use.one}'"
    of_parts = _OF_PARTS % (", ".join(map(repr, parts)), said) if parts else ""
    of_texts = _OF_TEXTS + (_OF_COLUMNS % (list(columns),) if columns else "")
    bottom = _BOTTOM.replace("{answers}", "map(answer_to, filter(str.strip, given))" if file_part else "predict(given)")
    bottom = bottom.replace("{ends}", "    sys.exit(1 if unread else 0)\n" if file_part else "")
    bottom = bottom.replace("{parts}", _OF_FILES if file_part else of_parts or of_texts)  # last: these are the user's
    return f"{top}\n{code}\n{bottom}"


# Downloads in snippets, and the same path next to the module.
_BESIDE = (
    (r"hf_hub_download\('[^']*', ('[^']*'), revision='[^']*'\)", r'str(HERE / "model" / \1)'),
    (r"^def fetch\((?s:.*?)^ *folder = fetch\(\)$", 'folder = str(HERE / "model")'),
    # As runs of earlier versions have it.
    (r"snapshot_download\('[^']*', revision='[^']*', allow_patterns=\[[^\]]*\]\)", 'str(HERE / "model")'),
    (r"SentenceTransformer\('[^']*', revision='[^']*', ", 'SentenceTransformer(str(HERE / "model"), '),
    (r"from huggingface_hub import \w+\n+", ""),
)


def with_local_weights(module: str) -> str:
    """Return a module that fetches nothing: its weights are in the folder `model` next to it."""
    for fetched, kept in _BESIDE:
        module = re.sub(fetched, kept, module, flags=re.MULTILINE)
    return module


def has_head(usage: str) -> bool:
    return BEGINS in usage


def relative(code: str, moved: dict[str, str]) -> str:
    """Replace string literals that are moved paths, or lie below one, by their places next to the module."""
    return _with_paths(
        code, moved, lambda new, below: f'str(HERE / "{new}" / {below!r})' if below else f'str(HERE / "{new}")'
    )


def retarget(usage: str, moves: dict[str, Path]) -> str:
    """Return a run's snippet with its original paths replaced by the files' present ones."""
    return _with_paths(usage, moves, lambda new, below: repr(f"{new}/{below}" if below else str(new)))


def _with_paths(code: str, moves: Mapping[str, T], written: Callable[[T, str], str]) -> str:
    """Return code in which `written` replaces string literals that are a moved path, or lie below one."""

    def replace(match: re.Match[str]) -> str:
        try:
            value = ast.literal_eval(match[0])
        except (ValueError, SyntaxError):
            return match[0]
        for old, new in moves.items():
            if value == old or value.startswith(f"{old}/"):
                return written(new, value[len(old) + 1 :])
        return match[0]

    return re.sub(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"", replace, code)


def needs_this(code: str) -> bool:
    return _THIS in _imports(code)


def pinned_package(runtime: str, family: str) -> str:
    """Return this package, with what an engine and a family's inputs need, e.g. "model-advisor[onnx]==0.1"."""
    extras = {ENGINES[runtime].extra, _EXTRAS.get(str(family_of(family).file_part))} - {None}
    # By name: an editable installation is not among the distributions of imported modules.
    pinned = installed_version(_PACKAGE)
    of_extras = f"[{','.join(sorted(map(str, extras)))}]" if extras else ""
    return f"{_PACKAGE}{of_extras}" + (f"=={pinned}" if pinned else "")


def requirements(
    code: str, recorded: dict[str, Any], runtime: str, family: str, tuning: str | None = None
) -> list[str]:
    """Return a line per package that a module imports, pinned to the version `recorded` in the run.

    A module that loads its model through this package names no library of the engine; `tuning` is a package that the
    tuned model needs although no code imports it.
    """
    beneath = {engine.library: engine.beneath for engine in ENGINES.values()}
    lines = set()
    names = _imports(code)
    if _THIS in names:
        lines.add(pinned_package(runtime, family))
        added = (plugins("engine").get(runtime), plugins("family").get(family))
        lines |= {f"{each.package}=={each.version}" for each in added if each is not None}
        names = (names - {_THIS}) | {ENGINES[runtime].library, *([tuning] if tuning else [])}
    for name in names - sys.stdlib_module_names:
        for package in [*_package_of(name), *beneath.get(name, ())]:
            pinned = recorded.get(package) or installed_version(package)
            if pinned:
                lines.add(f"{package}=={str(pinned).partition('+')[0]}")
    return sorted(lines, key=str.lower)


def _package_of(module: str) -> list[str]:
    """Return the package that a module is installed with, in a list; nothing if there is none.

    `packages_distributions` takes ten times as long: it makes a path of each file of all packages.
    """
    for found in chain(distributions(name=module), distributions()):
        files = found.read_text("RECORD") or found.read_text("top_level.txt") or ""
        if re.search(rf"^{module}([/.]|$)", files, re.MULTILINE):
            return [found.name]
    return []


def versions(engine: str) -> dict[str, str]:
    """Return the versions in an engine's line, such as "sentence-transformers 6.2.0, torch 2.13.0+cpu"."""
    return dict(re.findall(r"([A-Za-z][\w.-]*) (\d[\w.+!-]*)", engine))


def _imports(code: str) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names
