"""The progress line of a refresh or a run."""

import io

import pytest

from catalog import live_line
from catalog.live_line import LiveLine


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def test_elsewhere_than_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A line every five seconds, at once what must not be skipped, and the last one at the end."""
    now = [100.0]
    monkeypatch.setattr(live_line.time, "monotonic", lambda: now[0])
    line = LiveLine()
    for second in range(12):
        now[0] = 100.0 + second
        line.show(f"at {second}", at_once=second == 7)
    line.end()
    line.end()
    assert capsys.readouterr().err == "at 0\nat 5\nat 7\nat 11\n"


def test_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Written over, cut to the width, without what a terminal would act upon."""
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("COLUMNS", "20")
    line = LiveLine()
    line.show("first")
    line.show("evil \x1b[2J" + "x" * 40)
    line.end()
    assert stream.getvalue() == "\r\x1b[Kfirst\r\x1b[Kevil  [2Jxxxxxxxxxx\n"


def test_a_closed_stream_is_no_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Started without standard error, nothing is shown and nothing fails."""
    monkeypatch.setattr("sys.stderr", None)
    line = LiveLine()
    line.show("somewhere")
    line.end()
