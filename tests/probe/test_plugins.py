"""docs/extending.md holds: another package adds an engine and a family by one file and one entry point each."""

import json
import os
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT, Home, run_python
from tests.families.support import write_task

PLUGIN = ROOT / "examples" / "plugin"
# What search, downloads, predictions and batches read of the engine; then the command itself.
ASK = """
import json, sys
from advisor.__main__ import main
from advisor.candidates import predict
from advisor.candidates.uses import use_for
from advisor.decide.steps import batch_size
from advisor.engines.table import ENGINES, FORMATS
from advisor.families import family
from catalog import ModelCard
card = ModelCard("acme/letters", family="feature-extraction", library="letters")
use = use_for(card, family("ordinal-classification"))
seconds = predict.seconds_per_example("letters", 26, characters=50, prompt_characters=0, answer_tokens=0, threads=1,
                                      operations_per_second=1e9)
print(json.dumps([use.runtime, use.ability, ENGINES[use.runtime].files_for().patterns[-1], "letters" in FORMATS,
                  predict.serving_bytes("letters", 100), round(seconds, 6), batch_size("letters", 64),
                  sorted({"torch", "transformers", "numpy.f2py"} & set(sys.modules))]), file=sys.stderr)
sys.exit(main())
"""

ASK_BROKEN = """
import sys
from advisor.__main__ import main
from advisor.errors import InputError
from advisor.families import FAMILY_NAMES, OWN, family
for name in FAMILY_NAMES[len(OWN):]:
    try:
        family(name)
    except InputError as error:
        print(error, file=sys.stderr)
sys.exit(main())
"""

# The families of a package whose author is not done yet.
UNFINISHED = """
from advisor.families.base import Family

class Half(Family):
    name, gist, example, metrics = "half", "half of it", "a text in, half of it out", {"exact": 1.0}

    def score(self, output, expected, spec):
        return {"exact": 1.0}

class Whole(Half):
    methods, searched = {"chat": "prompted"}, ("text-generation",)

half, other, kind = Half(), Whole(), Whole
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder of packages with the toy one, as an installer leaves it."""
    project = tomllib.loads((PLUGIN / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    place = tmp_path / "packages"
    facts = place / f"toy_plugin-{project['version']}.dist-info"
    facts.mkdir(parents=True)
    (place / "toy_plugin").symlink_to(PLUGIN / "toy_plugin")
    named = f"Name: {project['name']}\nVersion: {project['version']}\n"
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\n{named}", encoding="utf-8")
    groups = project["entry-points"].items()
    lines = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in entries.items()) for group, entries in groups]
    (facts / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
    return place


def _run(packages: Path, home: Home, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return run_python(*arguments, env=os.environ | {"PYTHONPATH": str(packages)} | home.environment)


def test_another_package_adds_an_engine_and_a_family(installed: Path, home: Home, tmp_path: Path) -> None:
    """Search, plan, local folders, predictions, probe and scores use them; the plan names the package."""
    models = home.data / "model-advisor" / "models"
    for name, files in (("good", ("letters.json", "letters.txt")), ("bad", ("letters.json",))):
        (models / name).mkdir(parents=True)
        for file in files:
            (models / name / file).write_text("ab" if file == "letters.txt" else "{}", encoding="utf-8")
    rows = [{"text": "ab"[n % 2] * (1 + n % 9) + "c" * n, "grade": ("low", "high")[n % 2]} for n in range(80)]
    task = write_task(
        tmp_path / "task", rows, models=["good", "bad"], family="ordinal-classification", labels=["low", "high"]
    )
    ran = _run(installed, home, "-c", ASK, "recommend", task, "--offline", "--json")
    document = json.loads(ran.stdout)
    assert document["recommended"]["model"] == "good", ran.stderr
    assert document["recommended"]["runtime"] == "letters"
    assert "letters.json without letters.txt" in ran.stdout
    data = json.loads(ran.stderr.splitlines()[0])
    assert data == ["letters", "encode", "letters.txt", True, 300, 0.05, 7, []]
    added = "engine letters (toy-plugin 1.0), family ordinal-classification (toy-plugin 1.0)"
    assert f"Code of other packages: {added}." in ran.stderr


def test_a_broken_package_costs_its_own_alone(installed: Path, home: Home) -> None:
    """`advisor engines` lists ours and says what was left out and why; each family is refused in one line."""
    (installed / "toy_plugin").unlink()
    facts = installed / "unfinished-1.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: unfinished\nVersion: 1\n", encoding="utf-8")
    entries = "".join(f"{name} = unfinished:{name}\n" for name in ("half", "kind", "other"))
    (facts / "entry_points.txt").write_text(f"[model_advisor.families]\n{entries}", encoding="utf-8")
    (installed / "unfinished.py").write_text(UNFINISHED, encoding="utf-8")
    listed = _run(installed, home, "-c", ASK_BROKEN, "engines")
    assert listed.returncode == 0, listed.stderr
    assert "llama.cpp" in listed.stdout
    assert "left out: engine letters (toy-plugin 1.0): ModuleNotFoundError" in listed.stdout
    reasons = {
        "half (unfinished 1)": "ValueError: it does not set methods, searched; ",
        "kind (unfinished 1)": "TypeError: it is not an instance of a subclass of Family; ",
        "ordinal-classification (toy-plugin 1.0)": "ModuleNotFoundError: ",
        "other (unfinished 1)": "ValueError: its entry point is named 'other', its family 'half'; ",
    }
    for said, (name, reason) in zip(listed.stderr.splitlines(), reasons.items(), strict=True):
        assert said.startswith(f"family {name} cannot be used: {reason}")
