"""What the small pictures of characters say, at the width of a usual terminal."""

from advisor.report.picture import Picture, Point
from tests.tables import for_each
from tui.drawing import plot, strip

SIZE = (80, 20)


def point(number: int, right: int, seen: int, interval: tuple[float, float] = (0.0, 1.0)) -> Point:
    """Return a candidate that is not the answer."""
    kind = "open" if seen else "unprobed"
    return Point(number, f"m{number}", 10**8, right, seen, *interval, kind, "undecided", is_lit=False)  # type: ignore[arg-type]


@for_each(
    ("right", "seen", "bar", "edge"),
    [(9, 88, 0.9, "≤50%"), (1, 4, 0.7, "≤30%"), (45, 88, 0.9, "50%"), (80, 88, 0.9, "50%"), (0, 88, 0.3, "0%")],
)
def test_the_lower_edge_says_that_more_stands_there(right: int, seen: int, bar: float, edge: str) -> None:
    """10% on a line that is marked 50% would be 50%."""
    bottom = round(max(0.0, bar - 0.4), 1)
    lines = [line.plain for line in plot(Picture((point(1, right, seen),), bar, bottom), SIZE)]
    assert lines[-3].split()[0] == edge
    assert ("○" in lines[-3]) is (right / seen < bottom + 0.05)


def test_an_interval_that_goes_on_below_the_edge_has_no_end() -> None:
    """The end of a line is where the true rate lies at the least."""
    for low, has_end in ((0.1, False), (0.55, True)):
        shown = Picture((point(1, 80, 88, (low, 0.97)),), 0.9, 0.5)
        assert ("┴" in "".join(line.plain for line in plot(shown, SIZE)[:-2])) is has_end


def test_numbers_of_neighbours_do_not_run_into_each_other() -> None:
    """The last one's number stood to the left of its mark: ▽910▽."""
    points = tuple(point(number, 0, 0) for number in range(1, 11))
    lowest = plot(Picture(points, 0.9, 0.5), SIZE)[-3].plain
    assert [each for each in lowest.split() if "▽" in each] == [f"▽{number}" for number in range(1, 11)]


@for_each(
    ("wrong", "total", "width", "said"),
    [
        (range(1, 30, 2), 31, 16, "about half"),
        (range(1, 55), 57, 16, "wrong"),
        ((5, 30), 57, 16, "right"),
        ((2,), 4, 4, "━✗━━"),
    ],
)
def test_a_strip_looks_as_it_came_out(wrong: range | tuple[int, ...], total: int, width: int, said: str) -> None:
    """16 of 31 right look like half of them, 3 of 57 like hardly any; no wrong one is drawn as a full bar."""
    drawn = strip(total, list(wrong), total, width).plain
    if said == "about half":
        assert drawn.count("╍") >= width * 0.8
    elif said == "wrong":
        assert drawn.count("✗") >= width - 1
    elif said == "right":
        assert (drawn.count("━"), drawn.count("╍")) == (width - 2, 2)
    else:
        assert drawn == said
