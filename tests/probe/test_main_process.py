"""The main process stays light: a whole run goes by without one of the heavy libraries in it."""

import json
from pathlib import Path

from tests.conftest import Home, run_python
from tests.probe.support import HAM, SPAM

HEAVY = (
    "torch", "transformers", "sentence_transformers", "sklearn", "scipy", "onnxruntime", "xllamacpp", "model2vec",
    "langgraph",
)  # fmt: skip
CODE = """
import json, sys
from advisor.cli.app import invoke
from advisor.cli.failure import guarded
code = guarded(lambda: invoke(sys.argv[1:]))
print("\\n" + json.dumps([code, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


def test_a_whole_run_imports_no_engine(ready_home: Home, tmp_path: Path) -> None:
    """Search, plan, probes of two engines, decision and report; the graph's library alone comes when a run starts."""
    texts = [*((text, "ham") for text in HAM), *((text, "spam") for text in SPAM)]
    rows = [{"text": f"{text} {n}", "label": label} for n in range(8) for text, label in texts]
    (tmp_path / "mails.json").write_text(json.dumps(rows), encoding="utf-8")
    task = {
        "name": "mails",
        "instruction": "Decide whether a mail is spam or ham.",
        "examples": {"path": "mails.json"},
        "models": ["wordllama-l2-supercat-256", "paraphrase-MiniLM-L3-v2-onnx"],
        "bar": {"pass_rate": 0.8},
    }
    (tmp_path / "task.json").write_text(json.dumps(task), encoding="utf-8")
    done = run_python("-c", CODE, "recommend", str(tmp_path / "task.json"), "--offline", home=ready_home)
    code, modules = json.loads(done.stdout.splitlines()[-1])
    assert code == 0, done.stderr
    assert "wordllama-l2-supercat-256" in done.stdout
    assert not (set(HEAVY) - {"langgraph"}) & set(modules)


def test_a_plan_of_a_task_file_compiles_no_vocabulary() -> None:
    """Its words are not read again, which needs hundreds of expressions."""
    code = "import sys, advisor.cli.recommend, advisor.workflow.pipeline\nprint(*sys.modules)"
    loaded = run_python("-c", code, check=True).stdout.split()
    assert "advisor.interview.answers" in loaded
    assert "advisor.interview.text.vocabulary" not in loaded
