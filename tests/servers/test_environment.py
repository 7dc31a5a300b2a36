"""A worker's environment: no network and no keys, except for engines of servers."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.families.values import loaded
from advisor.probe.supervisor import Worker, environment
from advisor.system.redact import SECRET_VALUE, without_secrets
from tests.probe.support import LIMITS, spec
from tests.servers.scripted import Answer, serving
from tests.tables import for_each

SECRETS = (
    "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "DB_PASSWORD",
    "SSH_AUTH_SOCK", "GOOGLE_APPLICATION_CREDENTIALS", "secret", "PGPASSWORD", "PGPASSFILE", "MYSQL_PWD", "SSHPASS",
    "OPENAI_APIKEY", "apiKey", "ANTHROPIC_API_KEY2", "GITHUB_PAT", "AZURE_STORAGE_CONNECTION_STRING",
    "AZURE_CREDENTIALS", "SENTRY_DSN", "SLACK_WEBHOOK_URL", "HTTP_BASIC_AUTHORIZATION",
)  # fmt: skip
SECRET_VALUES = {
    "DATABASE_URL": "postgres://ada:lovelace@db.example:5432/mails",
    "CACHE": "redis://:lovelace@127.0.0.1:6379/0",
    "SQLALCHEMY_DATABASE_URI": "mysql+pymysql://ada:love/lace@db.example/mails",
    "ORIGIN": "https://ghp_0123456789abcdef@git.example/a/b.git",
    "ODBC": "Driver={SQL};Server=db;Uid=ada;Pwd=lovelace;",
    "LIBPQ": "host=db user=ada password=lovelace",
    "A_NAME_OF_OURS": "hf_0123456789abcdefghij",
}
HARMLESS = (
    "PATH", "HOME", "PWD", "OLDPWD", "LC_ALL", "TMPDIR", "AUTHOR", "KEYBOARD", "XAUTHORITY", "PYTHONPATH",
    "TOKENIZERS_PARALLELISM", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "PYTORCH_CUDA_ALLOC_CONF",
    "CUBLAS_WORKSPACE_CONFIG", "OMP_PROC_BIND", "MKL_NUM_THREADS", "OPENBLAS_CORETYPE", "HF_HOME", "XDG_CACHE_HOME",
    "SSL_CERT_FILE",
)  # fmt: skip
HARMLESS_VALUES = {
    "SEARCHED": "/usr/bin:/home/ada@work/bin:/opt/a=b",
    "MIRROR": "https://mirror.example:8080/simple/a@2.0",
    "SERVER": "http://127.0.0.1:11434",
    "BUS": "unix:path=/run/user/1000/bus",
    "MAIL": "ada@example.org",
    "COLOURS": "rs=0:di=01;34:*.pwd=00;36",
}


@pytest.fixture(autouse=True)
def _set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*SECRETS, *HARMLESS):
        monkeypatch.setenv(name, os.environ.get(name, "x"))
    for name, value in (SECRET_VALUES | HARMLESS_VALUES).items():
        monkeypatch.setenv(name, value)


@for_each("runtime", ["static", "llama.cpp", "transformers", "faster-whisper"])
def test_local_engines_have_no_key_and_no_network(tmp_path: Path, runtime: str) -> None:
    """An engine that loads files gets no key, even if the task names one."""
    found = environment(spec(tmp_path, runtime, options={"key_env": "OPENAI_API_KEY"}))
    assert not found.keys() & {*SECRETS, *SECRET_VALUES}
    assert found.keys() >= {*HARMLESS, *HARMLESS_VALUES}
    assert found["HF_HUB_OFFLINE"] == "1"


@pytest.mark.parametrize("key", ["OPENAI_API_KEY", None])
def test_an_engine_that_asks_has_its_one_key(tmp_path: Path, key: str | None) -> None:
    found = environment(spec(tmp_path, "openai", options={"key_env": key}))
    assert found.keys() & {*SECRETS, *SECRET_VALUES} == ({key} if key else set())
    assert "HF_HUB_OFFLINE" not in found or "HF_HUB_OFFLINE" in os.environ


@pytest.mark.parametrize("runtime", ["static", "openai"])
def test_a_real_worker_has_none(tmp_path: Path, runtime: str) -> None:
    """The process as the system shows it: no name, and no value, of any secret."""
    with Worker(spec(tmp_path, runtime), LIMITS, tmp_path / "log") as worker:
        process = psutil.Process(worker.pid)
        while not (found := process.environ()):  # it has none yet while its program is being loaded
            assert worker.is_alive
    assert not found.keys() & {*SECRETS, *SECRET_VALUES}
    assert not set(found.values()) & set(SECRET_VALUES.values())
    assert found.keys() >= {*HARMLESS, *HARMLESS_VALUES}


def test_a_proxy_with_a_password_is_for_an_engine_that_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the way to a server elsewhere; to others it leads nowhere."""
    proxy = "http://ada:lovelace@proxy.example:3128"
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    assert environment(spec(tmp_path, "openai"))["HTTPS_PROXY"] == proxy
    assert proxy not in environment(spec(tmp_path, "static")).values()


WORD = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=12)


@given(
    WORD, st.text(st.characters(codec="ascii", exclude_characters=" "), min_size=1, max_size=20).filter(str.isprintable)
)
def test_any_password_in_an_address_is_seen(user: str, password: str) -> None:
    """Whatever its characters, but a blank; a number before a slash could be a port."""
    is_like_a_port = password.partition("/")[0].isdigit() and "/" in password
    assert is_like_a_port or SECRET_VALUE.search(f"postgres://{user}:{password}@db.example/mails")


def test_endless_texts_are_searched_in_linear_time() -> None:
    """A run of names with points and hyphens, as of hosts, and a fence that never ends."""
    began = time.process_time()
    assert without_secrets("x.y-" * 20_000 + "token=abcdef") == "x.y-" * 20_000 + "token=***"
    assert loaded("```\n" + " " * 200_000) == "```\n" + " " * 200_000
    assert loaded('```json\n{"a": [1]}\n```') == {"a": [1]}
    assert time.process_time() - began < 3


@for_each(
    "way",
    [
        "import urllib.request as u; u.urlopen({url!r})",
        "from advisor.servers.client import library; library().get({url!r})",
        "from huggingface_hub import HfApi; HfApi(endpoint={url!r}).model_info('a/b')",
    ],
)
def test_the_usual_ways_out_are_closed(tmp_path: Path, way: str) -> None:
    """Real requests from a real process with that environment: none arrives, even on this machine."""
    with serving(lambda _: Answer(200, {})) as (url, seen):
        code = way.format(url=url)
        closed = environment(spec(tmp_path, "static"))
        done = subprocess.run([sys.executable, "-c", code], env=closed, capture_output=True, check=False)
        assert done.returncode != 0
        assert seen == []
        open_way = environment(spec(tmp_path, "openai"))
        subprocess.run([sys.executable, "-c", code], env=open_way, capture_output=True, check=False)
        assert seen
