"""Tables with a word and its tag a row become sentences."""

from pathlib import Path

from advisor.task.described_rows import described
from advisor.task.rows import read_rows
from tests.tables import for_each
from tests.task.helpers import write
from tests.task.test_layouts import columns

SENTENCES = [
    [("Ada", "B-PER"), ("went", "O"), ("to", "O"), (f"Paris{n}", "B-LOC"), ("East", "I-LOC"), (".", "O")]
    for n in range(6)
]


def table(header: str, row: str) -> str:
    """Return a table; `row` is given the sentence's number, its first row's, the word's, and the word and tag."""
    lines = [
        row.format(n=n, first=f"Sentence: {n}" if at == 0 else "", at=at, place=n * 6 + at, word=word, tag=tag)
        for n, sentence in enumerate(SENTENCES)
        for at, (word, tag) in enumerate(sentence)
    ]
    return "\n".join([header, *lines])


@for_each(
    ("header", "row", "kept"),
    [
        ("Sentence #,Word,POS,Tag", "{first},{word},X{at},{tag}", ["Sentence #"]),
        ("sent_id,token,tag", "{n},{word},{tag}", ["sent_id"]),
        (",Token,Label", "{place},{word},{tag}", []),
        ("doc,sentence,token,is_name,split,ner", "d,{n},{word},0,train,{tag}", ["sentence"]),
        ("token;pos;ner", "{word};N;{tag}", []),
    ],
)
def test_words_are_joined(tmp_path: Path, header: str, row: str, kept: list[str]) -> None:
    """By what counts the sentences, whether in each row or the first alone, else by full stops."""
    path = write(tmp_path / "x.csv", table(header, row))
    read = [each.columns for each in read_rows(path, ("tokens", "tags"))]
    assert [[*zip(each["tokens"], each["tags"], strict=True)] for each in read] == SENTENCES
    assert columns(path) == [*kept, "tokens", "tags"]
    assert "a word and its tag a row, joined to sentences" in described(path)


@for_each(
    ("header", "row", "asked"),
    [
        ("sent_id,token,tag", "{n},{word},{tag}", ("token",)),  # as the user names them
        ("text,tag", "{word} is said here,{tag}", ()),
        ("token,grade", "{word},{n}", ()),
        ("token,grade", "{word},B", ()),
    ],
)
def test_other_tables_stay_as_they_are(tmp_path: Path, header: str, row: str, asked: tuple[str, ...]) -> None:
    path = write(tmp_path / "x.csv", table(header, row))
    assert [*next(read_rows(path, asked)).columns] == header.split(",")


def test_a_mark_in_each_row_ends_no_sentence(tmp_path: Path) -> None:
    """Such as whether a word is a name: it comes again and again."""
    rows = table("token,is_name,tag", "{word},{at},{tag}").replace(",5,", ",0,").replace(",3,", ",1,")
    path = write(tmp_path / "x.csv", rows.replace(",2,", ",0,").replace(",4,", ",1,"))
    assert len([*read_rows(path, ())]) == len(SENTENCES)
