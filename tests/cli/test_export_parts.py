"""Parts of an export: paths, versions, templates and what its code says."""

import re
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from advisor.engines.bounds import TemplateTrial
from advisor.report import usage_head
from advisor.report.export import code
from advisor.report.export.folder import number_lines
from advisor.report.export.serve import go_template
from advisor.report.pages import fill_template
from advisor.runs.reader import open_run
from tests.conftest import SAMPLE
from tests.tables import for_each


def test_the_snippet_is_cut_where_its_head_begins() -> None:
    """The export and the snippet are held together here."""
    details = {"C": 1.0, "nearest": True}
    snippet = usage_head.training(details, Path("teaching.jsonl"), {"tf_idf": ""}, has_encoder=True)
    assert code.has_head(snippet)
    assert "Tfidf" not in usage_head.reading(snippet), "what a label is called is no code"


@for_each(
    ("literal", "expected"),
    [
        ("'/a/model'", 'str(HERE / "model")'),
        ("'/a/model/x/y.onnx'", "str(HERE / \"model\" / 'x/y.onnx')"),
        ("'/a/models'", "'/a/models'"),
        ("'it\\'s /a/model'", "'it\\'s /a/model'"),
        ('"/a/model"', 'str(HERE / "model")'),
    ],
)
def test_only_whole_paths_are_moved(literal: str, expected: str) -> None:
    """A literal that is a moved path or lies below one; texts that mention one stay."""
    assert code.relative(f"f({literal}, 'x')", {"/a/model": "model"}) == f"f({expected}, 'x')"


@for_each(
    ("runtime", "family", "wanted"),
    [
        ("static", "text-classification", "model-advisor"),
        ("onnx", "text-classification", "model-advisor[onnx]"),
        ("llama.cpp", "json-extraction", "model-advisor[gguf]"),
        ("transformers", "image-classification", "model-advisor[images]"),
        ("faster-whisper", "automatic-speech-recognition", "model-advisor[speech]"),
    ],
)
def test_code_that_goes_through_this_package_requires_it(runtime: str, family: str, wanted: str) -> None:
    """Whatever way it is installed here, with the extra of its engine."""
    lines = code.requirements("from advisor.families import family\nimport json\n", {}, runtime, family)
    assert f"{wanted}=={version('model-advisor')}" in lines
    assert not [line for line in code.requirements("import numpy\n", {}, runtime, family) if "advisor" in line]


QWEN = (
    "{% if messages[0].role != 'system' %}<|im_start|>system\nYou are helpful.<|im_end|>\n{% endif %}"
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{{ '<|im_start|>assistant\n' }}"
)
LLAMA = (
    "{{ bos_token }}{% for m in messages %}<|head|>{{ m.role }}<|end|>\n\n{{ m.content }}<|eot|>{% endfor %}"
    "{{ '<|head|>assistant<|end|>\n\n' }}"
)
NO_SYSTEM = "{{ raise_exception('none') if messages[0].role == 'system' else messages[0].content }}"
LAST_ALONE = "{% for m in messages %}{{ m.role }}: {{ m.content }}{{ ' !' if loop.last else ';' }}\n{% endfor %}"


@for_each(
    ("template", "has_system", "is_known"),
    [
        (QWEN, True, True),
        (QWEN, False, False),  # it puts a system message of its own before the first question
        (LLAMA, True, True),
        (LLAMA, False, True),
        (NO_SYSTEM, True, False),
        (LAST_ALONE, True, False),
        (LLAMA.replace("<|head|>", "{{ '{{' }}"), True, False),
    ],
)
def test_a_chat_template_is_one_of_go(template: str, has_system: bool, is_known: bool) -> None:  # noqa: FBT001
    """Gone through by pairs of question and answer, as Ollama does, it writes what the model's own does."""
    trial = TemplateTrial(template)
    made = go_template(trial, has_system=has_system)
    assert (made is not None) == is_known
    if made is None:
        return
    begun = [{"role": "system", "content": "S"}] if has_system else []
    said = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}, {"role": "user", "content": "Q"}]
    written = ""
    for number, (question, answer) in enumerate((("q", "a"), ("Q", None))):
        system = "S" if has_system and number == 0 else ""
        turn = re.sub(r"\{\{ if \.System \}\}(.*?)\{\{ end \}\}", r"\1" if system else "", made, flags=re.DOTALL)
        turn = turn.partition("{{ .Response }}")[0] if answer is None else turn.replace("{{ .Response }}", answer)
        written += turn.replace("{{ .System }}", system).replace("{{ .Prompt }}", question)
    assert written == trial.check([*begun, *said]).removeprefix("<s>")


HELD = ([], ["m", "config.json"])
FROM_FOLDER = 'folder = str(HERE / "model")\n'


@for_each(
    ("fetched", "kept"),
    [
        ("weights = hf_hub_download('a/b', 'x/m.onnx', revision='c')", "weights = str(HERE / \"model\" / 'x/m.onnx')"),
        (
            "folder = snapshot_download('a/b', revision='c', allow_patterns=['*.json', 'm'])",
            'folder = str(HERE / "model")',
        ),
        ("SentenceTransformer('a/b', revision='c', x=1)", 'SentenceTransformer(str(HERE / "model"), x=1)'),
        ("from huggingface_hub import hf_hub_download\n\nx", "x"),
        *(
            (fill_template("fetched.py", model="a/b", revision="c", wanted=["m"], held=held), FROM_FOLDER)
            for held in HELD
        ),
    ],
)
def test_fetched_files_may_be_local(fetched: str, kept: str) -> None:
    """Each way in which snippets name a public model."""
    assert code.with_local_weights(fetched) == kept


def test_versions_are_read_from_an_engine() -> None:
    shown = code.versions("sentence-transformers 6.2.0, torch 2.13.0+cpu")
    assert shown == {"sentence-transformers": "6.2.0", "torch": "2.13.0+cpu"}
    assert code.versions("llama.cpp (xllamacpp 2026.10.11549)") == {"xllamacpp": "2026.10.11549"}


@for_each(
    ("tolerance", "expected", "says"),
    [(1, (4.0, 2.0), "stays right."), (0.4, (4.0, 2.0), "gives whole ones."), (1, (4.5, 2.0), "gives whole ones.")],
)
def test_numbers_are_said_not_to_be_rounded(tolerance: float, expected: tuple[float, ...], says: str) -> None:
    """Whole ones may be, where a whole number is tolerated: what was right stays so."""
    run = open_run(SAMPLE)
    assert number_lines(run) == []
    task = run.task | {"family": "text-regression", "scoring": {"tolerance": tolerance}}
    wanted = tuple(replace(each, expected=value) for each, value in zip(run.evidence, expected, strict=False))
    line, _ = number_lines(replace(run, task=task, evidence=wanted))
    assert line.startswith("Numbers are not rounded")
    assert line.endswith(says)
