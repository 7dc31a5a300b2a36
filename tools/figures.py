"""Figures of the code: ``python -m tools.figures [--against REVISION]``, lines and modules by package.

A module with a single importer could be merged into it. A circle is a set of packages that import each other at run
time; imports for types do not count. ``python -m tests`` prints the time of tests by folder.
"""

import argparse
import ast
import io
import subprocess
import tarfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import PurePosixPath

PACKAGES = ("advisor", "catalog", "tui", "tools", "tests", "benchmarks")
SMALL = 80


@dataclass(slots=True)
class House:
    """Contents of a revision."""

    lines: dict[str, int] = field(default_factory=dict)  # Lines of each Python module, by dotted name.
    # Modules of these packages imported by each module, except for types.
    imports: dict[str, set[str]] = field(default_factory=dict)
    documents: int = 0  # Lines of Markdown.
    templates: int = 0  # Lines of Jinja templates.

    def by_room(self) -> dict[str, tuple[int, int]]:
        rooms: dict[str, tuple[int, int]] = {}
        for module, lines in self.lines.items():
            count, modules = rooms.get(room(module), (0, 0))
            rooms[room(module)] = (count + lines, modules + 1)
        return rooms

    def lonely(self) -> list[str]:
        """Return the small modules with a single importer, except tests."""
        users = defaultdict(set)
        for module, imported in self.imports.items():
            if not module.startswith(("tests", "benchmarks")):
                for each in imported:
                    users[each].add(module)
        return sorted(each for each, by in users.items() if len(by) == 1 and self.lines[each] < SMALL)

    def circle(self) -> list[str]:
        """Return rooms that import each other cyclically; empty if there are none."""
        above: dict[str, set[str]] = defaultdict(set)
        for module, imported in self.imports.items():
            if not module.startswith(("tests", "benchmarks")):
                above[room(module)] |= {room(each) for each in imported} - {room(module)}
        try:
            TopologicalSorter(above).prepare()
        except CycleError as error:
            return list(error.args[1])
        return []


def room(module: str) -> str:
    """Return the room of a module: its package, below advisor the package in it."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "advisor" else parts[0]


def read(revision: str) -> House:
    archive = subprocess.run(["git", "archive", revision], check=True, capture_output=True).stdout  # noqa: S603, S607
    house, sources = House(), {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        for member in files:
            path = PurePosixPath(member.name)
            if path.suffix not in {".py", ".md", ".j2"} or (held := files.extractfile(member)) is None:
                continue
            text = held.read().decode()
            if path.suffix == ".md":
                house.documents += text.count("\n")
            elif path.suffix == ".j2":
                house.templates += text.count("\n")
            elif path.parts[0] in PACKAGES:
                name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
                house.lines[name] = text.count("\n")
                sources[name] = text
    house.imports = {name: set(_imported(text, sources)) - {name} for name, text in sources.items()}
    return house


def _imported(text: str, known: Mapping[str, str]) -> Iterator[str]:
    tree = ast.parse(text)
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and id(node) not in for_types:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if (found := whole if whole in known else node.module) in known:
                    yield found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.figures", description=(__doc__ or "").split(": ")[0])
    parser.add_argument("--against", metavar="REVISION", help="revision to compare with")
    parser.add_argument("--of", metavar="REVISION", default="HEAD")
    arguments = parser.parse_args()
    houses = [read(each) for each in (arguments.against, arguments.of) if each]
    rooms = [house.by_room() for house in houses]
    print(f"{'room':<22}" + "".join(f"{'lines':>10}{'modules':>9}" for _ in houses))
    for name in sorted(set().union(*rooms)):
        counts = (each.get(name, (0, 0)) for each in rooms)
        print(f"{name:<22}" + "".join(f"{lines:>10,}{modules:>9}" for lines, modules in counts))
    for title, of_tests in (("outside tests", False), ("tests", True)):
        totals = [_total(each, of_tests=of_tests) for each in rooms]
        print(f"{title:<22}" + "".join(f"{count:>10,}{number:>9}" for count, number in totals))
    for kind in ("templates", "documents"):
        print(f"{kind:<22}" + "".join(f"{getattr(house, kind):>10,}{'':>9}" for house in houses))
    print(f"{f'one importer, < {SMALL}':<22}" + "".join(f"{'':>10}{len(house.lonely()):>9}" for house in houses))
    print(f"{'circle of rooms':<22}" + "".join(f"{'':>10}{len(house.circle()) or 'none':>9}" for house in houses))


def _total(rooms: Mapping[str, tuple[int, int]], *, of_tests: bool) -> tuple[int, int]:
    chosen = [figures for name, figures in rooms.items() if (name == "tests") is of_tests]
    return sum(lines for lines, _ in chosen), sum(modules for _, modules in chosen)


if __name__ == "__main__":
    main()
