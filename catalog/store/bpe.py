"""The text encoder's tokenizer for queries: byte-pair merging with the merges looked up in SQLite.

Loading the 32 k tokens and 61 k merges into the tokenizers library takes 0.06 s and 30 MB, a good part of a cold
answer; a query needs a few hundred of them. The rules are the library's for this kind of file: the text is one word
with "▁" for spaces, a character without a token is encoded as bytes, and the adjacent pair of lowest rank is merged
first, the leftmost on ties. Tests compare it with the library.
"""

import json
import sqlite3
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

PIECES: Final = "pieces.db"
_SPACE: Final = "▁"
# Size of the cache of lookups, a few megabytes.
_MOST_KNOWN: Final = 30_000
_SCHEMA: Final = """
PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;
CREATE TABLE tokens (token TEXT PRIMARY KEY, id INT NOT NULL) WITHOUT ROWID;
CREATE TABLE merges (a INT, b INT, rank INT NOT NULL, id INT NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE special (token TEXT NOT NULL);
"""
_NORMALIZERS: Final = [
    {"type": "Prepend", "prepend": _SPACE},
    {"type": "Replace", "pattern": {"String": " "}, "content": _SPACE},
]
_MODEL: Final = {
    "type": "BPE", "dropout": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
    "byte_fallback": True, "ignore_merges": False,
}  # fmt: skip


class Pieces:
    """Tokenizes short texts."""

    def __init__(self, path: Path) -> None:
        """Open the tables at ``path``; sqlite3.Error if they are missing or damaged."""
        self._db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
        self._spelled: dict[str, list[int]] = {}
        self._merges: dict[tuple[int, int], tuple[int, int] | None] = {}
        try:
            self._special = [token for (token,) in self._db.execute("SELECT token FROM special")]
        except sqlite3.Error:
            self._db.close()
            raise

    def close(self) -> None:
        self._db.close()

    def ids(self, text: str) -> list[int] | None:
        """Token ids of a text, ``None`` if only the library can tokenize it (it contains a special token)."""
        if not text:
            return []
        if any(token in text for token in self._special):
            return None
        if len(self._spelled) + len(self._merges) > _MOST_KNOWN:
            self._spelled.clear()
            self._merges.clear()
        ids: list[int] = []
        for character in _SPACE + text.replace(" ", _SPACE):
            spelled = self._spelled.get(character)
            if spelled is None:
                spelled = self._spelled[character] = self._spell(character)
            if not spelled:
                return None
            ids += spelled
        return self._merge(ids)

    def _spell(self, character: str) -> list[int]:
        found = self._token(character)
        if found is not None:
            return [found]
        spelled = [self._token(f"<0x{byte:02X}>") for byte in character.encode()]
        return [token for token in spelled if token is not None] if None not in spelled else []

    def _token(self, token: str) -> int | None:
        found = self._db.execute("SELECT id FROM tokens WHERE token = ?", (token,)).fetchone()
        return None if found is None else int(found[0])

    def _merge(self, ids: list[int]) -> list[int]:
        """Merge until no pair can be merged; quadratic, for texts of some hundred characters."""
        known = self._merges

        def look(a: int, b: int) -> tuple[int, int] | None:
            if (a, b) not in known:
                sql = "SELECT rank, id FROM merges WHERE a = ? AND b = ?"
                known[a, b] = self._db.execute(sql, (a, b)).fetchone()
            return known[a, b]

        merges = [look(a, b) for a, b in pairwise(ids)]
        while True:
            best = min(((merge[0], at) for at, merge in enumerate(merges) if merge), default=None)
            if best is None:
                return ids
            at = best[1]
            merged = merges[at]
            ids[at : at + 2] = [merged[1] if merged else -1]
            merges[at : at + 1] = []
            if at > 0:
                merges[at - 1] = look(ids[at - 1], ids[at])
            if at + 1 < len(ids):
                merges[at] = look(ids[at], ids[at + 1])


def write(path: Path, tokenizer: Path) -> bool:
    """Write the tables of a tokenizer file if :class:`Pieces` implements its rules; whether they were written."""
    data: dict[str, Any] = json.loads(tokenizer.read_text(encoding="utf-8"))
    model = data["model"]
    normalizer = data["normalizer"] or {}
    if (
        normalizer.get("normalizers") != _NORMALIZERS
        or data["pre_tokenizer"] is not None
        or any(model.get(name) != value for name, value in _MODEL.items())
    ):
        return False
    vocabulary: dict[str, int] = model["vocab"]
    merges: dict[tuple[int, int], tuple[int, int]] = {}
    for rank, merge in enumerate(model["merges"]):
        a, b = merge.split(" ") if isinstance(merge, str) else merge
        merges[vocabulary[a], vocabulary[b]] = (rank, vocabulary[a + b])
    db = sqlite3.connect(path)
    try:
        db.executescript(_SCHEMA)
        with db:
            db.executemany("INSERT INTO tokens VALUES (?, ?)", vocabulary.items())
            db.executemany("INSERT INTO merges VALUES (?, ?, ?, ?)", ((*p, *merge) for p, merge in merges.items()))
            db.executemany("INSERT INTO special VALUES (?)", ((token["content"],) for token in data["added_tokens"]))
    finally:
        db.close()
    return True
