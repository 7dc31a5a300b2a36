"""The recording in the documents: one file that moves by its styles alone."""

import re
import xml.etree.ElementTree as ET

from tests.conftest import ROOT

SVG = "{http://www.w3.org/2000/svg}"
KEPT = ROOT / "docs" / "pictures" / "session.svg"
MOST_BYTES = 400_000


def test_the_kept_one_is_small_and_runs_nothing() -> None:
    """It is well formed, is shown by sites that allow no script, and shows the answer."""
    text = KEPT.read_text(encoding="utf-8")
    assert len(text.encode()) < MOST_BYTES
    picture = ET.fromstring(text)  # noqa: S314  as above
    frames = picture.findall(f"{SVG}g")
    assert len(frames) > 10
    assert not picture.findall(f".//{SVG}script")
    assert not re.search(r"https?://(?!www\.w3\.org)|@import|\bon\w+=", text)
    used = {use.get("href", "")[1:] for use in picture.findall(f".//{SVG}use")}
    assert used == {kept.get("id") for kept in picture.findall(f"{SVG}defs/{SVG}g")}
    assert "Why not a smaller one?" in text
