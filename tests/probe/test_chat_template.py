"""A chat template that does not come to an end, or takes all memory, ends its candidate soon, with that reason."""

import itertools
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from advisor.engines.bounds import BoundExceededError, TemplateTrial, within_bounds
from advisor.formats.headers import read_header
from advisor.probe.failure import ProbeFailedError
from advisor.probe.supervisor import Worker
from tests.conftest import ROOT, Home
from tests.probe.support import GGUF, LIMITS, edit, gguf_folder, spec
from tests.probe.tiny import tiny
from tests.tables import for_each

LOOP = "{% for a in range(99999) %}{% for b in range(99999) %}{{ a }}{% endfor %}{% endfor %}"
SILENT = "{% for a in range(99999) %}{% for b in range(99999) %}{% set c = b %}{% endfor %}{% endfor %}"
DOUBLES = "{% set n = namespace(x='aaaaaaaa') %}{% for a in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}"
POWER = "{{ 'a' * 9999999999 }}"
# Only after the first turn.
LATER = "{% if messages|length > 2 %}" + LOOP + "{% endif %}"
HOSTILE = {
    LOOP: "its chat template writes more than 2,000,000 characters",
    SILENT: "its chat template does not end: it computes for more than 5 s",
    DOUBLES: "its chat template takes more than 268 MB of memory",
    POWER: "its chat template takes more than 268 MB of memory",
    LATER: "its chat template writes more than 2,000,000 characters",
}


def with_template(home: Home, folder: Path, template: str) -> Path:
    """Write the starter set's generator with another chat template, which is no longer than its own."""
    source = gguf_folder(home) / GGUF
    own = (read_header(source).chat_template or "").encode()
    content = source.read_bytes()
    assert content.count(own) == 1
    (folder / GGUF).write_bytes(content.replace(own, template.encode().ljust(len(own))))
    assert (read_header(folder / GGUF).chat_template or "").strip() == template
    return folder


def test_a_gguf_file_with_a_template_that_has_no_end(starter_home: Home, tmp_path: Path) -> None:
    """The real worker on a real file: it says why, and has taken little memory."""
    folder = with_template(starter_home, tmp_path, DOUBLES)
    with Worker(spec(folder, "llama.cpp", GGUF, method="prompted"), LIMITS, tmp_path / "log") as worker:
        with pytest.raises(ProbeFailedError) as failed:
            worker.load()
        assert HOSTILE[DOUBLES] in str(failed.value)
        assert worker.peak_memory_bytes < 1 << 30
    assert not failed.value.is_circumstance


@pytest.mark.soak
def test_the_engines_own_reading_is_bounded(starter_home: Home, tmp_path: Path) -> None:
    """A template that only the engine follows: the system ends the process once it has computed for so long."""
    folder = with_template(starter_home, tmp_path, LOOP)
    code = f"""
        import sys
        from pathlib import Path
        from advisor.engines import llama_cpp
        from advisor.engines.base import Load
        llama_cpp.TemplateTrial = lambda template: None
        llama_cpp.LOADING_SECONDS, llama_cpp.LOADED_BYTES_PER_SECOND = 4.0, 1e9
        llama_cpp.load(Load(Path(sys.argv[1]), ({GGUF!r},), "chat", 1))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(folder)],
        capture_output=True,
        cwd=ROOT,
        check=False,
        timeout=200,
    )
    import signal

    assert done.returncode == -signal.SIGPROF, done.stderr


@pytest.mark.parametrize("template", [LOOP, DOUBLES, POWER, LATER, pytest.param(SILENT, marks=pytest.mark.soak)])
def test_a_hostile_template_is_refused_in_a_trial(template: str) -> None:
    """By time, by memory or by what it writes, also where it begins in a later turn only."""
    with pytest.raises(BoundExceededError) as refused:
        TemplateTrial(template)
    assert HOSTILE[template] in str(refused.value)


@for_each(
    "template",
    [
        "{% for m in messages %}{{ m.role }}: {{ m['content'] | trim }}{% endfor %}",
        "{{ raise_exception('no system turn') }}",
        "{{ strftime_now('%d %b %Y') }}{% if not tools is defined %}{{ bos_token }}{% endif %}",
        "{% for m in messages %}{% if m.role == 'tool' %}{% continue %}{% endif %}{{ m | tojson }}{% endfor %}",
        "{% this is no template",
        "{{ unknown_function(1) }}",
    ],
)
def test_any_other_template_is_the_engines_to_judge(template: str) -> None:
    """Also one that raises, is no template, or calls what is not known here."""
    TemplateTrial(template).check([{"role": "user", "content": "x" * 100_000}])


def test_a_template_of_transformers(tmp_path: Path) -> None:
    """The library's own rendering is bounded, with the system turn and without."""
    import shutil

    folder = tmp_path / "model"
    shutil.copytree(tiny("chat"), folder)
    if (folder / "chat_template.jinja").is_file():
        (folder / "chat_template.jinja").write_text(DOUBLES, encoding="utf-8")
    else:
        edit(folder / "tokenizer_config.json", chat_template=DOUBLES)
    what = spec(folder, "transformers", "model.safetensors", method="prompted", ability="chat")
    with Worker(what, LIMITS, tmp_path / "log") as worker, pytest.raises(ProbeFailedError) as failed:
        worker.load()
    assert HOSTILE[DOUBLES] in str(failed.value)


def test_what_was_bounded_is_free_again() -> None:
    """The limits of one rendering, of time and of memory, hold for it alone."""
    for _ in range(2):
        with pytest.raises(BoundExceededError, match="does not end"), within_bounds("it", seconds=0.2):
            all(True for _ in itertools.count())
        with pytest.raises(BoundExceededError), within_bounds("it", memory_bytes=1 << 20):
            bytearray(64 << 20)
    assert len(bytearray(64 << 20)) == 64 << 20
