"""Detects how a file of rows is laid out: form, encoding, separator, header, sheet; from the file alone."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from advisor.errors import InputError
from advisor.paths import is_file, is_folder
from advisor.system.source import cure_of, no_text, opened, place, quoted
from advisor.task.encoding import DOCUMENT, UTF8, as_utf8, encoding_of
from advisor.task.evaluations.known import is_evaluation
from advisor.task.header import distinct_names, head_of
from advisor.task.known_formats import BY_ENDING, FORMS, TABLES, TEXTS, WORKBOOKS
from advisor.task.lines import RULE, form_of
from advisor.task.marks import ARROW, BLANKS
from advisor.units import counted

# The first of these in a .csv file's first line is the separator if its rows leave it open: spreadsheets write
# semicolons in locales with a decimal comma.
SEPARATORS = (",", ";", "\t", "|")
NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_NAMED = {name: mark for mark, name in NAMES.items()} | {"pipe": "|", "colon": ":", "space": " "}
_SAMPLE, _MOST_RECORDS = 256 << 10, 500
# The share of records that must have the same number of fields: in files named as tables, and in others.
_TABLE, _TEXT = 0.6, 0.9
# Formats that programs write under a workbook's name.
_PAGE = re.compile(r"\s*<(?:!doctype html|html|head|meta|style|table)\b", re.IGNORECASE)
_OLE, SQLITE = b"\xd0\xcf\x11\xe0", b"SQLite format 3"
_MAILBOX, _HEAD = re.compile(rb"From \S[^\n]*\d\d:\d\d[^\n]*\n>?[A-Z][\w-]*:"), 1024
_XML = re.compile(r"\s*<\?xml\s|\s*<[\w:]+ [^<>]*xmlns")
_XML_SHEETS = re.compile(
    r"\s*<.{0,500}<(?:\w+:)?Workbook\s[^<>]*urn:schemas-microsoft-com:office:spreadsheet", re.DOTALL
)
_UNIT = "\x1f"  # ASCII's unit separator
_SEP = re.compile(r"sep=(.)\s*", re.IGNORECASE)
# Headers of flash card programs: https://docs.ankiweb.net/importing/text-files.html#file-headers
_DIRECTIVE = re.compile(r"#(separator|html|columns|tags|notetype|deck|guid)(?: column)?:(.*)", re.IGNORECASE)
# Separators of several characters: "=>", "|||", "::", " - ".
_MARK = re.compile(rf"{ARROW.pattern}|{BLANKS}[^\w\s\"',.!?()\[\]{{}}…]{{2,4}}\s*|\s[-\u2013\u2014]\s")
# Most lines of one input whose answer is in a line below, after an arrow.
_LINES_OF_ONE = 3
# Most words per name in a header written by hand; rows per label from which labels repeat.
_NAME_WORDS, _ENOUGH = 2, 10


class Given(NamedTuple):
    """The user's corrections of a file's layout; None is guessed."""

    sheet: str | None = None
    header: str | None = None
    separator: str | None = None
    encoding: str | None = None
    tags: str | None = None


GUESSED = Given()


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is read."""

    form: str  # A key of `known_formats.FORMS`.
    encoding: str = UTF8  # As Python names it.
    separator: str = ","  # Between fields.
    is_quoted: bool = True  # Whether quotes around a field are removed.
    above: int = 0  # Lines (rows in a workbook) above the header, or above the first row if there is none.
    below: int = 0  # Records below the header that are no rows.
    names: tuple[str, ...] | None = None  # Names of the columns if no header gives them.
    spill: int | None = None  # The field that keeps unquoted separators; None if no field may.
    sheet: str = ""  # Of a workbook, or a list of objects in a JSON file; "" if none is named.
    others: int = 0  # Number of a page's tables that are skipped.

    def sentence(self) -> str:
        """Return what was guessed in words; "" for an ordinary data format."""
        said = []
        if self.sheet:
            said.append(f"{'list' if self.form == 'json' else 'sheet'} {quoted(self.sheet)}")
        elif self.form == "workbook":
            said.append("all sheets with the same columns")
        if self.form == "delimited" and (self.separator != "," or self.encoding != UTF8 or self.above or self.names):
            said.append(f"{NAMES.get(self.separator, quoted(self.separator))}-separated")
        if self.encoding != UTF8:
            said.append(self.encoding)
        said.append(FORMS[self.form].words)
        if self.above:
            said.append(f"{self.above} {'line' if self.above == 1 else 'lines'} above the table passed over")
        if self.below:
            said.append(f"{self.below} more {'line' if self.below == 1 else 'lines'} below the header passed over")
        if self.others:
            said.append(f"{counted(self.others, 'smaller table')} passed over")
        said += ["no header"] if self.names is not None and self.form in {"delimited", "workbook", "html"} else []
        said += ["quotes kept in the text"] if not self.is_quoted and len(self.separator) == 1 else []
        said += ["unquoted separators kept in the text"] if self.spill is not None else []
        return ", ".join(filter(None, said))


def layout_of(path: Path, given: Given = GUESSED) -> Layout:
    """Return a file's layout.

    InputError if its kind is unknown, or two readings are equally likely. OSError if it cannot be read.
    """
    if is_folder(path):
        return Layout("folder")
    if is_file(path) and is_evaluation(path):
        return Layout("evaluation")
    ending = path.suffix.lower()
    form = BY_ENDING.get(ending)
    if form in {None, "workbook"} and ending != ".sql" and is_file(path):  # files may have any name
        form = _by_content(path)
        if form is None and cure_of(path):
            raise no_text(path)
        ending = ".csv" if form is None and ending in WORKBOOKS else ending
    if form == "workbook":
        from advisor.task.workbook import workbook_layout

        return workbook_layout(path, given)
    if form in {"parquet", "mailbox"}:
        return Layout(form)
    encoding = given.encoding or encoding_of(path)
    sample = _sample(path, encoding) if form in {None, "xml"} else []
    form = _of_markup("".join(sample), path.suffix.lower(), form) if sample else form
    if form == "html":
        return _of_page(path, encoding, given)
    if form is not None:
        return Layout(form, encoding, sheet=(given.sheet or "") if form == "json" else "")
    found = _of_text(sample, encoding, ending, given)
    if ending not in (*TABLES, *TEXTS) and found.form == "lines":
        kinds = ".csv, .tsv, .xlsx, .json, .jsonl, .xml, .html, .parquet or .txt"
        raise InputError(f"{place(path)}: unknown kind of file {quoted(path.suffix)}; use {kinds}")
    return found


def _of_page(path: Path, encoding: str, given: Given) -> Layout:
    """Return the layout of a page's largest table, or of a text document's paragraphs if it has no table."""
    from advisor.task.markup_rows import html_layout

    with opened(path) as stream:
        try:
            return html_layout(path, as_utf8(path, stream, encoding), encoding, given)
        except InputError:
            stream.seek(0)
            if stream.read(2) != b"PK":
                raise
    return _of_text(_sample(path, DOCUMENT), DOCUMENT, ".txt", given)


def separators_in(path: Path, encoding: str) -> tuple[str, ...]:
    """Return the separators that occur in most of a text file's lines; OSError if it cannot be read."""
    filled = [line for line in _sample(path, encoding) if line.strip()]
    return tuple(each for each in SEPARATORS if sum(each in line for line in filled) > len(filled) / 2)


def _of_markup(begun: str, ending: str, form: str | None) -> str | None:
    """Return "html" or "xml" for text that begins with tags, else the form of the ending."""
    is_page = ending in WORKBOOKS and _PAGE.match(begun)
    is_xml = ending not in TABLES and _XML.match(begun)
    return "html" if is_page or _XML_SHEETS.match(begun) else "xml" if is_xml else form


def _by_content(path: Path) -> str | None:
    """Return the form that a file's bytes show: a workbook or database, a document with tables, a mailbox."""
    with opened(path) as stream:
        begun = stream.read(_HEAD)
    if begun.startswith((_OLE, SQLITE)):
        return None if cure_of(path) else "workbook"
    if not begun.startswith(b"PK"):
        return "mailbox" if _MAILBOX.match(begun) else None
    import zipfile  # 50 ms, for such files alone

    from catalog.damaged_zip import DAMAGED_ZIP

    try:
        with zipfile.ZipFile(path) as packed:
            names = {*packed.namelist()}
    except (*DAMAGED_ZIP, OSError):
        return "workbook" if path.suffix.lower() in WORKBOOKS else None  # reported when it is read
    is_text = "word/document.xml" in names or path.suffix.lower() == ".odt"
    return "html" if is_text else "workbook" if names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"} else None


def _sample(path: Path, encoding: str) -> list[str]:
    """Return the first lines with their ends; decoding errors are reported when the file is read."""
    with opened(path) as stream:
        raw = stream.read(_SAMPLE) if encoding == UTF8 else as_utf8(path, stream, encoding).read(_SAMPLE)
    lines = list(io.StringIO(raw.decode(UTF8, "replace").removeprefix("\ufeff"), newline=""))
    return lines[:-1] if len(raw) == _SAMPLE and len(lines) > 1 else lines


def _of_text(lines: list[str], encoding: str, ending: str, given: Given) -> Layout:
    filled = [line.strip() for line in lines if line.strip()]
    if not given.separator and filled and ending not in TABLES:
        if filled[0][:1] in "[{" and filled[0].endswith(("}", "[", "{", "]", ",")):
            return Layout("jsonl" if filled[0].endswith("}") and len(filled) > 1 else "json", encoding)
        rule = next((at for at, line in enumerate(lines) if at and RULE.fullmatch(line.strip())), None)
        if rule is not None and "|" in lines[rule - 1]:
            return Layout("piped", encoding, above=rule - 1)
    if not given.separator and (form := form_of(lines, filled, ending)) is not None:
        return Layout(form, encoding)
    if (
        ending not in TABLES
        and sum(ARROW.match(line) is not None for line in filled) * _LINES_OF_ONE >= len(filled) > 1
    ):
        return Layout("lines", encoding, names=("text",))
    return _delimited(lines, encoding, ending, given)


class _Cut(NamedTuple):
    """A sample cut by one separator."""

    separator: str
    is_quoted: bool
    share: float
    fields: int
    records: list[list[str]]
    starts: list[int]
    is_whole: bool  # Whether the sample is read to its end, or to the most records.


def _delimited(lines: list[str], encoding: str, ending: str, given: Given) -> Layout:
    skipped = 0
    while skipped < len(lines) and not lines[skipped].strip():
        skipped += 1
    said: dict[str, str] = {}
    while skipped < len(lines) and (found := _DIRECTIVE.fullmatch(lines[skipped].strip())) is not None:
        said[found[1].lower()] = found[2]
        skipped += 1
    if skipped < len(lines) and (found := _SEP.fullmatch(lines[skipped])) is not None:
        said["separator"] = found[1]
        skipped += 1
    stated = said.get("separator", "")
    separator = given.separator or _NAMED.get(stated.lower(), stated) or None
    if "html" in said or "columns" in said:
        given = given._replace(header=given.header or "absent")
    cut = _best(lines[skipped:], separator, ending)
    if cut is None:
        head = head_of([[line] for line in lines[skipped:][:_MOST_RECORDS]], given.header)
        is_named = ending in TABLES and head.names is None
        if given.header == "present" or is_named:
            return Layout("lines", encoding, above=skipped + head.above)
        return Layout("lines", encoding, above=skipped, names=("text",))
    spill = _spill(cut)
    width = len(cut.records[0]) if spill is not None else cut.fields
    records = cut.records if spill is None else [joined(each, width, spill, cut.separator) for each in cut.records]
    head = head_of(records, given.header)
    if not given.header and ARROW.fullmatch(cut.separator) and not _are_names(records[head.above :]):
        head = head_of(records, "absent")  # notes by hand seldom have a header
        if width == 2 and "label" not in (head.names or ()):  # noqa: PLR2004
            head = head._replace(names=("text", "answer"))
    above = skipped + (cut.starts[head.above] if cut.starts else 0) if said or head.above else 0
    names = head.names[:width] if head.names is not None else None
    if names is not None and len(columns := said.get("columns", "").split(cut.separator)) == width:
        names = tuple(distinct_names(columns))
    return Layout("delimited", encoding, cut.separator, cut.is_quoted, above, head.below, names, spill)


def _are_names(records: Sequence[Sequence[str]]) -> bool:
    """Return whether the first record is a header: its values do not recur below, or are short above texts."""
    first, *below = [[cell.strip() for cell in record] for record in records if any(record)]
    columns = [[row[at] for row in below if at < len(row)] for at in range(len(first))]
    for cell, column in zip(first, columns, strict=True):
        if len(column) >= _ENOUGH and 2 * len(set(column)) <= len(column) and cell not in column:
            return True
    words = [len(cell.split()) for cell in first]
    longer = (min((len(text.split()) for text in column), default=0) for column in columns)
    return max(words) <= _NAME_WORDS and any(least > here for least, here in zip(longer, words, strict=True))


def joined(record: list[str], width: int, spill: int, separator: str) -> list[str]:
    """Return a record whose spill field is rejoined from the parts cut off by unquoted separators."""
    over = len(record) - width
    if not any(cell.strip() for cell in record[width:]):
        return record
    end = spill + over + 1
    return [*record[:spill], separator.join(record[spill:end]), *record[end:]]


def cells(lines: Iterable[str], separator: str, *, is_quoted: bool) -> Any:  # noqa: ANN401  csv names its reader's type nowhere
    """Return a reader of records; a separator of several characters is replaced by one that no text holds."""
    if len(separator) > 1:
        mark, separator = separator, _UNIT
        lines = (line.replace(mark, _UNIT) for line in lines)
    if is_quoted:
        return csv.reader(lines, delimiter=separator, strict=True)
    return csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_NONE, strict=True)


def _best(lines: list[str], separator: str | None, ending: str) -> _Cut | None:
    """Return the cut that gives most records the same number of fields; None if the lines are no table."""
    first = "".join(next((line for line in lines if line.strip()), "").split('"')[::2])
    in_first = [each for each in SEPARATORS if each in first]
    order = sorted(SEPARATORS, key=lambda each: (each != "\t" or ending != ".tsv", each not in in_first))
    marks = Counter(at[0] for line in lines for at in _MARK.finditer(line.strip()))
    arrows = Counter({mark: count for mark, count in marks.items() if ARROW.fullmatch(mark)})
    likely = dict.fromkeys(mark for mark, _ in (*marks.most_common(1), *arrows.most_common(1)) if ending not in TABLES)
    cuts = [_cut(lines, each) for each in ([separator] if separator else [*order, *likely])]
    least = {each: _TABLE if ending in TABLES or each in arrows else _TEXT for each in (*order, *likely)}
    fit = [cut for cut in cuts if cut.fields > 1 and (separator or cut.share >= least[cut.separator])]
    fit = [cut for cut in fit if not any(_is_of(cut, each) for each in fit if each is not cut)]
    if fit:  # texts often hold commas, and hardly ever tabs or arrows
        rare = {"\t", *arrows}
        ranks = [
            (round(cut.share, 2), cut.separator in rare, cut.separator in in_first, cut.separator != ",") for cut in fit
        ]
        return fit[ranks.index(max(ranks))]
    if separator or in_first:
        named = [cut for cut in cuts if cut.separator in in_first]
        return named[0] if ending in TABLES and named else None
    # A table of one column: quotes are removed.
    return next((cut for cut in cuts if ending in TABLES and cut.fields == cut.share == 1), None)


def _is_of(cut: _Cut, other: _Cut) -> bool:
    """Return whether a separator is part of another: of " | " and "|||", not of the "|$" before prices."""
    if cut.separator not in other.separator:
        return False
    return not other.separator.replace(cut.separator, "").strip() or other.fields >= cut.fields


def _cut(lines: list[str], separator: str) -> _Cut:
    quoted_, plain = (_records(lines, separator, is_quoted=each) for each in (True, False))
    # Many programs never quote fields between tabs, and people never between marks.
    is_better = not quoted_.fields or plain.share > quoted_.share or _has_stray_quotes(quoted_, plain)
    return plain if (separator == "\t" or len(separator) > 1) and is_better else quoted_


def _has_stray_quotes(quoted_: _Cut, plain: _Cut) -> bool:
    """Return whether quotes are characters of a text: each line is a record, and most that open a field close none."""
    if plain.share < 1 or (quoted_.is_whole and quoted_.starts == plain.starts):
        return False
    opened_ = [cell for record in plain.records for cell in record if cell.startswith('"')]
    return 2 * sum(len(cell) > 1 and cell.endswith('"') for cell in opened_) < len(opened_)


def _records(lines: list[str], separator: str, *, is_quoted: bool) -> _Cut:
    reader = cells(lines, separator, is_quoted=is_quoted)
    records: list[list[str]] = []
    starts: list[int] = []
    start, is_whole = 0, True
    try:
        while len(records) < _MOST_RECORDS and (record := next(reader, None)) is not None:
            records.append(record)
            starts.append(start)
            start = reader.line_num
    except csv.Error:
        is_whole = False
        if len(separator) > 1:  # people quote no fields
            records.clear()
    counts = Counter(map(len, filter(None, records)))
    fields, times = counts.most_common(1)[0] if counts else (0, 0)
    return _Cut(separator, is_quoted, times / max(1, counts.total()), fields, records, starts, is_whole)


def _spill(cut: _Cut) -> int | None:
    """Return the field that may hold separators: the only one that leaves the others a few values or one word each.

    "label,text" and "id,text,label" are written by hand with texts that hold commas; the text is then what the other
    fields leave. None if the overlong rows leave open which field that is.
    """
    width = len(cut.records[0]) if cut.records else 0
    if width < 2 or cut.separator == "\t":  # noqa: PLR2004
        return None
    body = [record for record in cut.records[1:] if record]
    whole = [record for record in body if len(record) == width]
    is_title = len({*map(len, body)}) == 1 and head_of(body).names is None  # what is below has a header of its own
    if is_title or not any(cell.strip() for record in body for cell in record[width:]):
        return None
    found = []
    for spill in range(width):
        rows = [joined(record, width, spill, cut.separator) for record in body]
        learned = whole if 2 * len(whole) > len(body) else rows
        others = [(_field(learned, at), _field(rows, at)) for at in range(width) if at != spill]
        # A common ending of all rows may be part of each text.
        has_label = any(_are_few(*each) and len(set(each[0])) > 1 for each in others)
        if has_label and all(_are_few(*each) or all(cell and " " not in cell for cell in each[1]) for each in others):
            found.append(spill)
    return found[0] if len(found) == 1 else None


def _field(records: Sequence[Sequence[str]], at: int) -> list[str]:
    return [record[at].strip() for record in records if at < len(record)]


def _are_few(learned: Sequence[str], values: Sequence[str]) -> bool:
    """Return whether values are among a few that repeat."""
    known = set(learned)
    return len(known) * 2 <= len(learned) and known.issuperset(values)
