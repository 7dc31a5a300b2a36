"""What the documents name exists: modules, functions and paths of the code; the site builds with every link checked."""

import ast
import re
from pathlib import Path

from advisor.families import OWN, family
from advisor.task.known_formats import KNOWN
from tests.conftest import ROOT, run_python
from tests.tables import for_each

PAGES = (*sorted((ROOT / "docs").glob("*.md")), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")))
NAMES = re.compile(r"(?<![\w./@:-])(?:advisor|catalog|tui|tools|tests|benchmarks)(?:\.\w+)+")
PATHS = re.compile(r"(?<![\w./@:-])(?:advisor|catalog|tui|tools|tests|benchmarks|examples)/[\w./-]*\w")
FILES = re.compile(r"\w+\.(?:py|md|ya?ml|toml|json|db|zip|html|txt|csv)")


def named(text: str) -> set[str]:
    """Return the dotted names of the code in a page's text."""
    return {match[0] for match in NAMES.finditer(text) if FILES.fullmatch(match[0]) is None}


def exists(name: str) -> bool:
    """Whether a dotted name is a package, a module, or a name in one, which need not be imported to tell."""
    place, rest = ROOT, name.split(".")
    while rest and (place / rest[0]).is_dir():
        place /= rest.pop(0)
    module = place / (f"{rest.pop(0)}.py" if rest and (place / f"{rest[0]}.py").is_file() else "__init__.py")
    body: list[ast.stmt] = ast.parse(module.read_text(encoding="utf-8")).body if module.is_file() else []
    for part in rest:
        holder = next((each for each in body if part in defined(each)), None)
        if holder is None:
            return False
        body = holder.body if isinstance(holder, ast.ClassDef) else []
    return bool(module.is_file() or not rest)


def defined(statement: ast.stmt) -> set[str]:
    """Return the names that a statement defines, those that it imports for others included."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.If):
        return set().union(*map(defined, statement.body))
    if isinstance(statement, ast.ImportFrom):
        return {each.asname or each.name for each in statement.names}
    return {each.id for each in ast.walk(statement) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}


@for_each("page", PAGES)
def test_what_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [name for name in sorted(named(text)) if not exists(name)] == []
    assert [path for path in sorted(set(PATHS.findall(text))) if not (ROOT / path).exists()] == []


def test_a_wrong_name_would_be_noticed() -> None:
    """A module, a function and a method that there are, and some that there are not."""
    assert named("see `advisor.decide.plan.Plan`, advisor/cli/app.py and advisor.report.html") == {
        "advisor.decide.plan.Plan",
        "advisor.report.html",
    }
    for name in (
        "advisor.recommend",
        "advisor.runs.store.RunStore.add_outcomes",
        "advisor.engines.table.ENGINES",
        "tui",
    ):
        assert exists(name), name
    for name in (
        "advisor.similarity",
        "advisor.decide.plan.Plam",
        "advisor.runs.store.RunStore.add_all",
        "tui.frontend.x",
    ):
        assert not exists(name), name


def test_the_page_of_the_families_has_every_metric() -> None:
    """With the score from which it passes, and every family's columns."""
    text = (ROOT / "docs" / "families.md").read_text(encoding="utf-8")
    for name in OWN:
        kind, section = family(name), text.split(f"\n## {name}\n")[1].split("\n## ")[0]
        row = next(line for line in text.splitlines() if line.startswith(f"| [{name}]"))
        assert all(f"`{column}`" in row for column in (*kind.parts, kind.expected_column)), name
        listed = dict(re.findall(r"^\| (`.+?) \|.*\| ([\d.]+) \|$", section, re.MULTILINE))
        shown = {metric: float(at) for cell, at in listed.items() for metric in re.findall(r"`([^`]+)`", cell)}
        assert shown == (kind.metrics if shown else {}), name


def test_the_site_builds(tmp_path: Path) -> None:
    """Strictly: each link and each anchor leads somewhere; the generated pages hold what they should."""
    done = run_python("-m", "mkdocs", "build", "--strict", "-f", ROOT / "tools" / "mkdocs.yml", "-d", tmp_path)
    assert done.returncode == 0, done.stderr
    names = ("commands", "task-file", "library", "formats")
    pages = {name: (tmp_path / f"{name}.html").read_text(encoding="utf-8") for name in names}
    assert 'id="advisor-catalog-refresh"' in pages["commands"]
    assert ">near_duplicates<" in pages["task-file"]
    assert [known.name for known in KNOWN if known.name not in pages["formats"]] == []
    import advisor

    assert [name for name in advisor.__all__ if f'id="advisor.{name}"' not in pages["library"]] == []
