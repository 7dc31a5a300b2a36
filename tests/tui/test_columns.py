"""Names in lists: what is cut, so that like ones still differ."""

from __future__ import annotations

from tests.tables import for_each
from tui.widgets.columns import short


@for_each(
    ("name", "width", "shown"),
    [
        ("org/model", 20, "org/model"),
        ("sentence-transformers/all-MiniLM-L6-v2", 22, "sent…/all-MiniLM-L6-v2"),
        ("cardiffnlp/twitter-roberta-base", 10, "…/twitter-roberta-base"),
        ("words and characters", 8, "words and characters"),
    ],
)
def test_a_model_s_own_name_is_kept(name: str, width: int, shown: str) -> None:
    """The maker's part is cut first; what is too long still is for the column to cut."""
    assert short(name, width) == shown
