"""The recording in the documents: one file that moves by its styles alone."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

from textual.app import App

from tests.conftest import ROOT
from tests.tui.recording import Recording
from tests.tui.waiting import handled

SVG = "{http://www.w3.org/2000/svg}"
KEPT = ROOT / "docs" / "pictures" / "session.svg"
MOST_BYTES = 400_000


async def test_each_picture_has_its_time_and_rows_are_drawn_once() -> None:
    """Two screens of which one row differs; the second stays for the rest of the time."""
    app: App[Any] = App()
    record = Recording()
    async with app.run_test(size=(20, 4)) as pilot:
        record.shoot(app, 1.0)
        record.shoot(app, 1.0)
        app.screen.styles.border_top = ("heavy", "red")
        await handled(pilot)
        record.shoot(app, 6.0)
    text = record.svg()
    frames = ET.fromstring(text).findall(f"{SVG}g")  # noqa: S314  made here
    assert [frame.get("id") for frame in frames] == ["f0", "f1"]
    assert "animation:8.0s" in text
    assert "@keyframes k0{0.000%{visibility:visible}25.000%,to{visibility:hidden}}" in text
    assert "@keyframes k1{0%{visibility:hidden}25.000%{visibility:visible}100.000%,to{visibility:hidden}}" in text


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
