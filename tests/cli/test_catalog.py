"""`advisor catalog refresh`, `export` and `import`; tests/catalog_refresh tries what they run with every fault."""

import json
from pathlib import Path

import pytest

from catalog import ModelCard
from catalog.store.generations import exclusive, land
from tests.conftest import Home, Ran, move_into, run_advisor
from tests.local_hub import LocalHub


def refresh(home: Home, hub: LocalHub, *arguments: str) -> Ran:
    return run_advisor(home, "catalog", "refresh", *arguments, variables={"HF_ENDPOINT": hub.url})


@pytest.mark.soak
def test_a_new_model_is_found_after_a_refresh_and_gone_after_a_rollback(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the Hub tells is searched at once; the last good catalog, here a small one, can be gone back to."""
    move_into(home, monkeypatch)
    with exclusive():
        land([ModelCard("acme/quuxbert", family="text-classification", license="mit").to_json()], "import")
    with LocalHub() as hub:
        hub.records.put(
            "acme/quuxbert-zebra",
            downloads=9_000_000,
            likes=900,
            pipeline_tag="text-classification",
            tags=["safetensors", "en", "license:mit"],
            library_name="transformers",
        )
        ran = refresh(home, hub, "--family", "text-classification", "--top", "50", "--json")
        assert ran.code == 0, ran.err
        assert json.loads(ran.out)
    named = ("search", "acme/quuxbert-zebra", "--json", "--limit", "1")
    model = json.loads(run_advisor(home, *named).out)["models"][0]
    assert (model["id"], model["license"]) == ("acme/quuxbert-zebra", "mit")
    assert run_advisor(home, "catalog", "refresh", "--rollback").code == 0
    assert not [each["id"] for each in json.loads(run_advisor(home, *named).out)["models"]]
    assert json.loads(run_advisor(home, "search", "acme/quuxbert", "--json").out)["models"]


def test_a_catalog_travels_as_one_file(home: Home, tmp_path: Path) -> None:
    """Exported, checked by its hash, imported; another hash is refused."""
    file = tmp_path / "catalog.zip"
    shown = json.loads(run_advisor(home, "catalog", "export", str(file), "--json").out)
    wrong = run_advisor(home, "catalog", "import", str(file), "--sha256", "0" * 64)
    assert wrong.code == 2
    assert "Traceback" not in wrong.err
    ran = run_advisor(home, "catalog", "import", str(file), "--sha256", shown["sha256"], code=0)
    assert f"{shown['models']:,} models" in ran.out


@pytest.mark.parametrize(
    ("arguments", "code", "shown"),
    [
        (("refresh", "--family", "text-clasification"), 2, "text-classification"),
        (("refresh", "--top", "0"), 2, "--top"),
        (("refresh", "--timeout", "nan"), 2, "time-out"),
        (("refresh",), 5, "Offline: "),
        (("refresh", "--rollback"), 5, "no earlier catalog"),
        (("verify", "nowhere.jsonl"), 2, "nowhere.jsonl"),
        (("refresh", "--all", "--family", "fill-mask"), 2, "all models of the Hub or of some families"),
        (("export", "nonsense://a/b"), 2, "nonsense"),
        (("export", " "), 2, "No place was named"),
        (("export", "/proc/none/catalog.zip"), 5, "cannot be written"),
        (("import", "pyproject.toml"), 2, "not a complete catalog file"),
        (("import", "pyproject.toml", "--sha256", "abc"), 2, "not a SHA-256 hash"),
    ],
)
def test_exit_codes(home: Home, arguments: tuple[str, ...], code: int, shown: str) -> None:
    """2 for what was asked wrongly, 5 for what is out of reach; one line that names it, and no data."""
    ran = run_advisor(home, "catalog", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert shown in ran.err.splitlines()[-1]
    assert ran.err.splitlines()[-1].startswith("error: ")
    assert sum(line.startswith("error") for line in ran.err.splitlines()) == 1
