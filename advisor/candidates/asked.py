"""Labels of fine-tuned models whose cards name none, from their config.json on the Hub: some kilobytes each."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from advisor.candidates.weights import is_plain
from advisor.system.files import write_whole

if TYPE_CHECKING:
    from catalog import ModelCard

# A config with 1,000 labels has 60 kB.
MOST_BYTES: Final = 1_000_000
SECONDS: Final = 5.0
AT_ONCE: Final = 8
KEPT_SECONDS: Final = 7 * 86_400


def labels_from_hub(cards: Iterable[ModelCard]) -> dict[str, tuple[str, ...]]:
    """Ask the Hub for the labels of some models, concurrently; unreadable configurations have none.

    Results are kept in the user's cache folder: of a pinned revision for ever, of the newest one, read of cards without
    a revision, for a week. The labels are by the model's id.
    """
    from catalog.refresh.record import label_names

    cards = list(cards)
    with ThreadPoolExecutor(AT_ONCE, "labels") as several:
        tables = several.map(_table, cards)
    return {card.id: tuple(found) for card, table in zip(cards, tables, strict=True) if (found := label_names(table))}


def _table(card: ModelCard) -> object:
    """Return "id2label" of the model's config.json, None if there is none."""
    revision = card.revision or "main"
    if not is_plain(revision):
        return None
    kept = _kept(card.id, revision)
    with contextlib.suppress(OSError, ValueError):
        if card.revision is not None or time.time() - kept.stat().st_mtime < KEPT_SECONDS:
            return json.loads(kept.read_text(encoding="utf-8"))
    try:
        config = json.loads(_fetch(card.id, revision))
    except Exception:  # noqa: BLE001  whatever the network, the Hub or the file does: the labels stay unknown
        return None
    table = config.get("id2label") if isinstance(config, dict) else None
    with contextlib.suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_whole(kept, json.dumps(table))
    return table


def _kept(model: str, revision: str) -> Path:
    from platformdirs import user_cache_path

    name = hashlib.sha256(f"{model}@{revision}".encode()).hexdigest()[:32]
    return user_cache_path("model-advisor") / "labels" / f"{name}.json"


def _fetch(model: str, revision: str) -> bytes:
    """Return the file's bytes; ValueError if it is larger than any such file."""
    from huggingface_hub import get_session, hf_hub_url
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # re-exported without saying so

    url = hf_hub_url(model, "config.json", revision=revision)
    found = b""
    session = get_session()
    with session.stream("GET", url, headers=build_hf_headers(), timeout=SECONDS, follow_redirects=True) as answer:
        answer.raise_for_status()
        for piece in answer.iter_bytes():
            found += piece
            if len(found) > MOST_BYTES:
                raise ValueError(f"more than {MOST_BYTES} bytes")
    return found
