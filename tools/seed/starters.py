"""The models that a first run can have without the Hub; each fact was read from the weights themselves."""

from pathlib import Path
from typing import Final

from catalog.card import ModelCard

NAME: Final = "weights read"
_LINES: Final = Path(__file__).with_name("starters.jsonl").read_text(encoding="utf-8").splitlines()
STARTERS: Final = tuple(map(ModelCard.from_json, _LINES))
