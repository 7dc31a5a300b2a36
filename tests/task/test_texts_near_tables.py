"""Texts in files near a table, or in its folder, that its cells name."""

import json
from pathlib import Path

from advisor.interview.files.hub_dataset import examples_file
from advisor.task.described_rows import described
from advisor.task.examples import load_examples
from tests.tables import for_each
from tests.task.helpers import task_for, write
from tests.task.test_layouts import TABLE, pairs


def test_a_table_names_texts_near_it(tmp_path: Path) -> None:
    """A row's own is read in; one that several rows name is a document to find, with its text in a further column."""
    (tmp_path / "pages").mkdir()
    for n, (text, _) in enumerate(TABLE[:20]):
        write(tmp_path / "pages" / f"p{n}.txt", text)
    own = write(tmp_path / "own.csv", "doc,label\n" + "".join(f"p{n}.txt,{b}\n" for n, (_, b) in enumerate(TABLE[:20])))
    assert pairs(own) == TABLE[:20]
    names = [("p{}.txt", "p{}", "P{}.TXT")[n % 3].format(n % 5) for n in range(20)]
    asked = write(
        tmp_path / "asked.csv", "ask,page\n" + "".join(f"where is it {n},{name}\n" for n, name in enumerate(names))
    )
    assert pairs(asked) == [(f"where is it {n}", f"p{n % 5}.txt", TABLE[n % 5][0]) for n in range(20)]


@for_each(
    ("ending", "cell", "table"),
    [
        (".txt", "mails/{}.txt", "x.csv"),
        (".md", "{}", "x.jsonl"),
        (".html", "data/mails/{}.html", "x.csv"),  # from the project's folder
        (".eml", "C:\\data\\mails\\{}.eml", "x.csv"),
        (".htm", "{}.htm", "labels/x.csv"),  # of a table in a folder of its own
    ],
)
def test_the_table_of_a_folder_of_texts_is_found(tmp_path: Path, ending: str, cell: str, table: str) -> None:
    """Whether it, the folder of both or that of the texts is named; a file that is lost is no text."""
    texts = TABLE[:12]
    forms = {".eml": "Subject: Hi\n\n{}", ".md": "{}\n"}
    page = "<html><head><title>x</title><style>p {{}}</style></head><body><p>{}</p><script>1</script></body></html>"
    held, path = tmp_path / "held", tmp_path / "held" / table
    (held / "mails").mkdir(parents=True)
    path.parent.mkdir(exist_ok=True)
    for n, (text, _) in enumerate(texts):
        write(held / "mails" / f"m{n}{ending}", forms.get(ending, page if "htm" in ending else "{}").format(text))
    rows = [{"file": cell.format(f"m{n}"), "label": label} for n, (_, label) in enumerate([*texts, ("", "lost")])]
    lines = [",".join(row.values()) for row in rows]
    write(path, "\n".join(map(json.dumps, rows) if table.endswith("l") else ["file,label", *lines]))
    for named in (path, held, *[held / "mails"] * (path.parent == held)):
        assert examples_file(str(named)) == path
    head = "Hi\n\n" * (ending == ".eml")
    assert pairs(path) == [*((head + text, label) for text, label in texts), ("", "lost")]
    task = task_for(path.name, examples={"path": path.name, "input": "file", "expected": "label"})
    lost = f"{path.name}: 1 row is left out, 'file' names a file that is not there (line "
    assert [note for note in load_examples(task, path.parent).notes if note.startswith(lost)]
    said = "'file' as the texts of the files that are named"
    assert described(path).endswith(f"{said} (without tags)" if "htm" in ending else said)


def test_a_folder_whose_files_no_table_or_two_name_is_as_it_was(tmp_path: Path) -> None:
    """So is one whose folders are classes, next to a table of its files."""
    flat, sorted_ = tmp_path / "flat", tmp_path / "sorted"
    for n, (text, _) in enumerate(TABLE[:8]):
        for file in (flat / f"f{n}.txt", sorted_ / "ab"[n % 2] / f"s{n}.txt"):
            file.parent.mkdir(parents=True, exist_ok=True)
            write(file, text)
    one = write(tmp_path / "f.csv", "file,bytes\n" + "".join(f"f{n},{n}\n" for n in range(8)))
    write(tmp_path / "s.csv", "file,bytes\n" + "".join(f"s{n},{n}\n" for n in range(8)))
    assert examples_file(str(sorted_)) == sorted_
    assert examples_file(str(flat)) == one
    write(tmp_path / "g.csv", one.read_text(encoding="utf-8"))
    assert examples_file(str(flat)) == flat
