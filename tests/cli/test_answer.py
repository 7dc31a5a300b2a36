"""`advisor answer`: the recommended model answers the rows of a table that have no answer."""

import csv
import io
import json
import signal
from pathlib import Path

from tests.cli.conftest import STATIC
from tests.conftest import Home, begin_python, linked_home, run_advisor
from tests.report.recompute import lines


def known(run: Path) -> dict[str, str]:
    """Return the texts that the model was asked in the run, with its answers."""
    texts = {row["id"]: row["input"] for row in lines(run / "evidence.jsonl")}
    return {
        texts[line["id"]]: line["output"] for line in lines(run / "outcomes.jsonl") if line["purpose"] == "evidence"
    }


def table(text: str, separator: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=separator))


def test_rows_without_an_answer_get_the_models(made: tuple[Home, Path], tmp_path: Path) -> None:
    """All columns stay, and answers of one's own; its answers are those of the run; "?" is none.

    The table is separated, and writes numbers, as the file did.
    """
    home, run = made
    answers = known(run)
    rows = [("1", "my own text", "ham"), *((str(at), text, "") for at, text in enumerate(answers, start=2))]
    rows[2] = (*rows[2][:2], "?")
    path, output = tmp_path / "mails.csv", tmp_path / "out.csv"
    with path.open("w", encoding="cp1252", errors="replace", newline="") as file:
        csv.writer(file, delimiter=";").writerows([("no", "text", "label"), *rows, ("", "", "")])
    ran = run_advisor(home, "answer", run, path, "--output", output, code=0)
    raw = output.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    got = table(raw.decode("utf-8"), ";")
    assert list(got[0]) == ["no", "text", "label", "answered_by", "confidence"]
    assert [row["no"] for row in got] == [*(row[0] for row in rows), ""]
    assert (got[0]["label"], got[0]["answered_by"], got[0]["confidence"]) == ("ham", "file", "")
    same = [row["label"] == answers[text] for row, text in zip(got[1:], answers, strict=False)]
    # Signs that the encoding lacks are other texts.
    assert sum(same) >= 0.97 * len(same)
    assert {row["answered_by"] for row in got[1:-1]} == {STATIC}
    assert all(0.5 <= float(row["confidence"].replace(",", ".")) <= 1 for row in got[1:-1])
    assert f"{len(answers)} rows answered by {STATIC}; 1 row has its own answer" in ran.err
    assert ran.out == ""


def test_all_rows_in_any_form(made: tuple[Home, Path], tmp_path: Path) -> None:
    """A list of texts to standard output; JSON lines keep what is no text; --all answers what has an answer."""
    home, run = made
    answers = known(run)
    texts = tmp_path / "texts.txt"
    texts.write_text("".join(f"{text.replace('|', '')}\n" for text in [*answers][:20]), encoding="utf-8")
    got = table(run_advisor(home, "answer", run, texts, "--quiet", code=0).out)
    same = [row["label"] == answer for row, answer in zip(got, answers.values(), strict=False)]
    assert (len(same), list(got[0])) == (20, ["text", "label", "answered_by", "confidence"])
    assert sum(same) >= 19
    path, output = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    rows = [{"text": text, "label": "ham", "at": [at, None]} for at, text in enumerate(answers)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    refused = run_advisor(home, "answer", run, path, code=2)
    assert "has an answer in every row" in refused.err
    run_advisor(home, "answer", run, path, "--all", "--output", output, code=0)
    got = lines(output)
    assert [row["label"] for row in got] == list(answers.values())
    assert [row["at"] for row in got] == [row["at"] for row in rows]
    assert isinstance(got[0]["confidence"], float)


def test_what_cannot_be_answered_is_said(made: tuple[Home, Path], tmp_path: Path) -> None:
    """A row without its text stands as it was, exit code 3; nothing is written where nothing can be answered."""
    home, run = made
    path = tmp_path / "rows.csv"
    path.write_text("text,label,confidence\na text,,mine\n,,no text\n", encoding="utf-8")
    ran = run_advisor(home, "answer", run, path, code=3)
    assert [row["answered_by"] for row in table(ran.out)] == [STATIC, ""]
    assert "1 row has no answer: line 3:" in ran.err
    assert [row["confidence"] for row in table(ran.out)] == ["mine", "no text"]
    for file, output, why in (
        ("none.csv", "o.csv", "no such file"),
        (path, "o.xlsx", "name a file that ends in .csv, .tsv, .jsonl"),
        (path, path, "is the file that is read"),
    ):
        refused = run_advisor(home, "answer", run, file, "--output", tmp_path / output, code=2)
        assert why in refused.err
    other = tmp_path / "other.csv"
    other.write_text("body,kind\nx,y\n", encoding="utf-8")
    assert "has no column 'text', which run" in run_advisor(home, "answer", run, other, code=2).err
    assert not list(tmp_path.glob("o.*"))
    written = tmp_path / "there.csv"
    written.touch()
    assert "--force" in run_advisor(home, "answer", run, path, "--output", written, code=2).err
    run_advisor(home, "answer", run, path, "--output", written, "--force", code=3)
    assert written.stat().st_size


def test_an_interrupt_leaves_a_whole_table(made: tuple[Home, Path], tmp_path: Path) -> None:
    """Ctrl-C: exit code 130; rows that were not reached stand as they were, and the table can be given again."""
    home, run = made
    path, first, second = tmp_path / "rows.csv", tmp_path / "first.csv", tmp_path / "second.csv"
    # More than a pipe holds: nobody reads on, so it waits.
    rows = [(str(at), f"{text} {at}", "") for at in range(40) for text in known(run)]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("no", "text", "label"), *rows])
    with begin_python("-m", "advisor", "answer", run, path, "--offline", home=home, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        head = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGINT)
        first.write_text("".join([*head, *process.stdout]), encoding="utf-8")
        err = process.stderr.read()
    assert process.returncode == 130, err
    got = table(first.read_text(encoding="utf-8"))
    assert [row["text"] for row in got] == [text for _, text, _ in rows]
    answered = [row["answered_by"] == STATIC for row in got]
    assert answered == [True] * sum(answered) + [False] * (len(rows) - sum(answered))
    assert 0 < sum(answered) < len(rows)
    rest = f"{len(rows) - sum(answered):,} rows"
    assert f"Stopped: {rest} have no answer yet" in err
    assert "the same command" not in err
    again = run_advisor(home, "answer", run, first, "--output", second, code=0)
    assert f"{rest} answered by {STATIC}" in again.err
    whole = table(second.read_text(encoding="utf-8"))
    assert [*whole[0]] == ["no", "text", "label", "answered_by", "confidence"]
    assert {row["answered_by"] for row in whole} == {STATIC}


def test_a_closed_pipe_ends_it_without_a_traceback(made: tuple[Home, Path], tmp_path: Path) -> None:
    """As `head` closes it."""
    home, run = made
    path = tmp_path / "rows.csv"
    path.write_text("text\n" + "".join(f"a text number {at}\n" for at in range(9000)), encoding="utf-8")
    with begin_python("-m", "advisor", "answer", run, path, "--offline", home=home, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
    assert "Traceback" not in err
    assert "BrokenPipe" not in err


def test_each_field_is_answered_in_its_column(starter_home: Home, tmp_path: Path) -> None:
    """Names in a column of their own, found by the baseline of names that the examples have."""
    home = linked_home(tmp_path, starter_home)
    cities, firms = ("Bremen", "Kiel", "Ulm", "Trier"), ("Nordwind AG", "Hansa KG", "Alster OHG")
    rows = [
        (f"{firm} from {city} asks for {count} boxes", firm, city)
        for firm in firms
        for city in cities
        for count in range(6)
    ]
    path = tmp_path / "orders.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("order", "firm", "city"), *rows, ("Hansa KG from Ulm asks for 99 boxes", "", "")])
    words = "find the firm and the city in each order; 60 % right is enough"
    ran = run_advisor(home, "recommend", words, "--examples", path, "--yes", "--json", "--offline")
    assert ran.code in {0, 4}, ran.err
    got = table(run_advisor(home, "answer", json.loads(ran.out)["folder"], path, code=0).out)
    assert (got[-1]["firm"], got[-1]["city"]) == ("Hansa KG", "Ulm")
    assert got[0]["answered_by"] == "file"
