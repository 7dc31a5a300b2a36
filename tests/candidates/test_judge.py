"""What rules a model out that only the catalog knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from advisor.candidates.judge import judge
from advisor.candidates.uses import Use
from catalog import ModelCard
from tests.candidates.test_remote import measured

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("license_id", "ability", "is_tried"),
    [
        ("cc-by-nc-nd-4.0", "tag", False),
        ("cc-by-nc-4.0", "encode", False),
        ("mit", "tag", True),
        (None, "tag", True),
        ("cc-by-nc-4.0", "rewrite", True),
    ],
)
def test_what_is_not_for_commerce_is_tried_where_nothing_free_is_as_good(
    tmp_path: Path, license_id: str | None, ability: str, *, is_tried: bool
) -> None:
    """Free taggers and encoders abound; of the translators some of the best are not free."""
    card = ModelCard(
        id="org/names-tagger", family="token-classification", license=license_id, downloads=90_000, languages=("en",),
        library="sentence-transformers",
    )  # fmt: skip
    with measured(tmp_path, "token-classification", card) as context:
        reason = judge(context, card, Use("transformers", ability)).reason
    assert ("not for commercial use" not in (reason or "")) is is_tried
