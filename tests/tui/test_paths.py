"""What is typed as a path: anything, of any length."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.paths import at_home, export_folder
from tui.widgets.path_picker import entries


def test_a_link_that_leads_nowhere_hides_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "mails.csv").write_text("a,b\n", encoding="utf-8")
    (tmp_path / "mails-old.csv").symlink_to(tmp_path / "gone")
    assert [entry.name for entry in entries(f"{tmp_path}/")] == ["mails.csv"]


@pytest.mark.parametrize("typed", ["~nobody-of-this-name/x", "a\0b/", "x" * 5000 + "/", "~", "/dev/null/"])
def test_what_is_no_path_proposes_nothing_or_something(typed: str) -> None:
    assert isinstance(entries(typed), list)


def test_only_the_users_own_folder_is_known() -> None:
    assert at_home("~/x") == Path.home() / "x"
    assert at_home("~nobody-of-this-name/x") == Path("~nobody-of-this-name/x")


@given(st.text(max_size=30))
def test_anything_can_be_typed(typed: str) -> None:
    assert isinstance(entries(typed), list)


def test_the_folder_of_an_export_has_a_short_plain_name() -> None:
    """The task's first words without accents, cut between words, and the run's id."""
    names = {
        "Orienter chaque demande d'habitant vers le bon service, 85 %…": "orienter-chaque-demande-habitant-vers-r1",
        "Größte Łódź: œuvre": "grosste-lodz-oeuvre-r1",
        "../../etc": "etc-r1",
        "发票": "model-r1",
        "x" * 90: "model-r1",
    }
    assert {name: export_folder(name, "r1") for name in names} == names
