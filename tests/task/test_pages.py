"""Tables and texts in pages of HTML, XML and Markdown."""

import json
from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.task.described_rows import described
from advisor.task.layout import Given
from advisor.task.markup_rows import page_text
from advisor.task.rows import read_rows
from tests.tables import for_each
from tests.task.helpers import write
from tests.task.test_layouts import TABLE, columns, pairs, write_csv


def test_what_a_page_shows_is_its_text() -> None:
    """A line a paragraph, words whole where a letter of them is bold, cells apart, whatever is not closed."""
    page = "<head><title>x<style>y</style><body>On<b>e</b> <i>two</i>&nbsp;&amp;<br>3<!-- z --><p>four\n five<td>6<td>7"
    assert page_text(page) == "One two &\n3\nfour five 6 7"


def test_texts_of_html_are_read_as_a_page_shows_them(tmp_path: Path) -> None:
    """Unless the task keeps their tags, or places in the text are counted; marks and signs are no tags."""
    rows = [(f"<div>{text}</div><div>Yours,<br/>Ann &amp; Bo</div>", label) for text, label in TABLE]
    path = write_csv(tmp_path / "x.csv", [("body", "label"), *rows])
    assert pairs(path) == [(f"{text}\nYours,\nAnn & Bo", label) for text, label in TABLE]
    assert described(path) == "'body' without tags"
    assert pairs(path, Given(tags="keep")) == rows
    assert described(path, Given(tags="keep")) == ""
    spans = [{"body": body, "spans": [{"start": 5, "end": 9, "label": "X"}]} for body, _ in rows]
    marked = write(tmp_path / "x.jsonl", "\n".join(map(json.dumps, spans)))
    assert [row.columns["body"] for row in read_rows(marked, ())] == [body for body, _ in rows]
    some = [(body if n % 4 == 0 else f"{n}\n< {text}", f"<b>{label}</b>") for n, ((body, _), (text, label)) in
            enumerate(zip(rows * 4, TABLE * 4, strict=True))]  # fmt: skip
    mixed = pairs(write_csv(tmp_path / "m.csv", [("body", "label"), *some]))  # as an editor of some writes them
    assert mixed[0] == (f"{TABLE[0][0]}\nYours,\nAnn & Bo", TABLE[0][1])
    assert mixed[1] == (f"1\n< {TABLE[1][0]}", TABLE[1][1])
    bold = [(f"Press <b>{text}</b> {n}" if n % 3 else text, label) for n, (text, label) in enumerate(TABLE * 4)]
    assert pairs(write_csv(tmp_path / "b.csv", [("text", "label"), *bold])) == bold  # texts of a program's buttons
    code = [(f"if a < {n} and b > 2: <PER>Ann</PER> {text}", label) for n, (text, label) in enumerate(TABLE)]
    assert pairs(write_csv(tmp_path / "y.csv", [("text", "label"), *code])) == code


def test_a_table_in_markdown(tmp_path: Path) -> None:
    """Its title is passed over, its rule is no row, and text behind it is none of it; nor are ticks around code."""
    table = "# Teams\n\n| Ticket | Team |\n|:---|---:|\n| a \\| b | `IT` |\n| c | HR |\n| - | - |\n\nMore text."
    path = write(tmp_path / "teams.md", table)
    assert columns(path) == ["Ticket", "Team"]
    assert pairs(path) == [("a | b", "IT"), ("c", "HR"), ("-", "-")]


@for_each("name", ["page.htm", "export.xls"])
def test_the_largest_table_of_a_page_is_read(tmp_path: Path, name: str) -> None:
    """In the encoding that the page names, whatever is not closed, also within a table that only lays out the page."""
    head = "<html><head><meta charset=windows-1250><style>td {color: red}</style></head><table><tr><td>Menu<td>"
    body = "".join(f"<tr><td>Čaj &lt;{n}&gt;<br><b>ře</b>dý<td>{'&nbsp;' if n == 1 else 'ž'}\n</tr>" for n in range(4))
    page = f"{head}<table><tr><th>Text<th>Label{body}</table>behind<script>'<td>'</script></table></html>"
    path = write(tmp_path / name, page.encode("cp1250"))
    assert pairs(path) == [(f"Čaj <{n}> ředý", None if n == 1 else "ž") for n in range(4)]
    assert columns(path) == ["Text", "Label"]
    assert described(path) == "cp1250, a table of a page, 1 smaller table passed over"


def test_a_page_without_a_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a page without a table of several rows; save the examples as CSV"):
        pairs(write(tmp_path / "page.html", "<p>none"))


def test_the_elements_of_a_list_in_xml_are_rows(tmp_path: Path) -> None:
    """Attributes and the texts of children; what is broken, or grows without bound, is refused."""
    rows = "".join(f'<l id="{n}"><t>a <b>b</b> {n}</t><tag>x</tag><tag>y</tag></l>' for n in range(3))
    path = write(tmp_path / "x.xml", f"<all><head><by>me</by></head><ls>{rows}</ls></all>")
    assert pairs(path)[1] == ("1", "a b 1", "x; y")
    assert columns(path) == ["id", "t", "tag"]
    for broken in ("<a><b></a>", '<!DOCTYPE a [<!ENTITY b "c">]>'):
        with pytest.raises(InputError, match="not valid XML"):
            pairs(write(path, broken))
