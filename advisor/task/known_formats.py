"""Table of formats: the forms of files with their readers, and the files of other tools.

Readers are modules below `advisor.task`.
"""

from typing import NamedTuple

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".sqlite", ".sqlite3", ".sql")
TABLES = (".csv", ".tsv", ".tab")
TEXTS = (
    ".txt", ".text", ".conll", ".conllu", ".bio", ".iob", ".iob2", ".md", ".log", ".data", ".train", ".test",
    ".srt", ".vtt", ".bib", ".ris", ".ics", ".vcf", "",
)  # fmt: skip


class Form(NamedTuple):
    """A form of files."""

    reader: str  # The function that reads it, given the path, its bytes as UTF-8, and the layout.
    words: str = ""  # Its description, if it is not an ordinary data format.
    endings: tuple[str, ...] = ()  # Endings that identify the form; other files are identified by their first lines.
    smaller: str = ""  # How to save a large file that would be read whole.
    is_marked: bool = False  # Whether people write labels into its texts.


FORMS = {
    "delimited": Form("delimited.read_delimited"),
    "arff": Form("delimited.read_arff", "WEKA's ARFF", (".arff",)),
    "lines": Form("lines.read_lines", "one input a line", is_marked=True),
    "labelled": Form("lines.read_labelled", "a label and a colon before each text"),
    "fasttext": Form("lines.read_labelled", "fastText's labels"),
    "log": Form("lines.read_log", "a log", is_marked=True),
    "chat": Form("lines.read_log", "a chat, one message a row", is_marked=True),
    "subtitles": Form("lines.read_subtitles", "subtitles, one a row", is_marked=True),
    "piped": Form("lines.read_piped", "a table between bars"),
    "fields": Form("field_lines.read_fields", "a field a line, records apart"),
    "po": Form("field_lines.read_po", "a text and its translation a row", (".po",)),
    "sections": Form("lines.read_sections", "a section of Markdown a row"),
    "tags": Form("lines.read_tags", "a word and its tag a line"),
    "conllu": Form("lines.read_conllu", "CoNLL-U, a sentence a row"),
    "webanno": Form("webanno_rows.read_webanno", "a sentence with WebAnno's marks a row"),
    "json": Form("json_rows.read_json", "", (".json",), "save it as JSONL, one object a line"),
    "jsonl": Form("json_rows.read_jsonl", "", (".jsonl", ".ndjson")),
    "xml": Form("markup_rows.read_xml", "", (".xml", ".tmx"), "save it as CSV"),
    "html": Form("markup_rows.read_html", "a table of a page", (".htm", ".html"), "save it as CSV"),
    "mailbox": Form("mail_rows.read_mailbox", "a mailbox, a mail a row", (".mbox",)),
    "workbook": Form("workbook.read_workbook", "", WORKBOOKS, "save it as CSV"),
    "parquet": Form("parquet_rows.read_parquet", "", (".parquet",)),
    "evaluation": Form("evaluations.known.read"),
    "folder": Form("folder_rows.read_folder"),
}
BY_ENDING = {ending: name for name, form in FORMS.items() for ending in form.endings}
ENDINGS = (*TABLES, *TEXTS[:-1], *BY_ENDING)


class Known(NamedTuple):
    """A tool's format: how it is recognised, its reader, what it provides, and what is ignored.

    `read_as` is the reader's description of such records, if the file does not name its tool.
    """

    name: str
    sign: str
    reader: str
    gives: str
    lacks: str
    read_as: str = ""


CHATS = "chats whose last turn is the answer"
CASES = "inputs with what is expected and metadata"
_CODE = "JavaScript, Python, webhooks, judges, not-…, transforms"
_RECORDS = "JSON, JSONL or CSV: an input, what is expected, metadata"
KNOWN = (
    Known("promptfoo configuration", "YAML or JSON: prompts, providers, tests; results.json",
          "evaluations.promptfoo.read",
          "rows, also of scenarios, prompt, pass rate, latency, comparison, JSON schema, pattern", f"{_CODE}, cost"),
    Known("promptfoo tests", "CSV or Excel with a column __expected", "evaluations.promptfoo.read_table",
          "rows, latency, comparison", _CODE),
    Known("OpenAI evals", "YAML: class and args", "evaluations.suites.read_registry",
          "rows of its samples, instruction, comparison", "model-graded and own classes, few-shot, all but one eval"),
    Known("OpenAI evals samples", "JSONL: input and ideal, or item", "cases.case",
          "rows, instruction", "how they are compared, which the registry's YAML says"),
    Known("chats for fine-tuning", "JSONL: messages", "json_shapes.shape_of",
          "rows (the last turn is the answer, a tool's call as JSON), instruction, tools", "pictures, preference pairs",
          CHATS),
    Known("lm-evaluation-harness task", "YAML: task, doc_to_text or dataset_path", "evaluations.suites.read_lm_eval",
          "rows of its file or data set of the Hub, labels, instruction, comparison",
          "!function, Jinja beyond {{name}}, groups, filters, few-shot"),
    Known("inspect log", ".eval, or JSON: status, eval and samples", "evaluations.suites.read_log",
          "rows, system message, scorer", "model-graded scorers, tools, pictures, the model's answers"),
    Known("Braintrust data set", _RECORDS, "cases.case", "rows", "attachments, scores", CASES),
    Known("Langfuse data set", _RECORDS, "cases.case", "rows, without archived ones", "traces, media", CASES),
    Known("LangSmith data set", _RECORDS, "cases.case", "rows", "runs, attachments", CASES),
    Known("Phoenix data set", f"{_RECORDS}; CSV: input_…, output_…", "cases.case", "rows", "experiments, spans",
          CASES),
    Known("Argilla records", "JSON: fields and responses", "cases.argilla", "rows", "suggestions, second answers",
          "an Argilla export"),
    Known("Label Studio export", "JSON (also JSON-MIN), CSV, CoNLL", "json_shapes.shape_of",
          "rows: choices, spans, texts, ratings", "regions of pictures, second annotations",
          "a Label Studio export"),
    Known("Prodigy export", "JSONL: _task_hash", "json_shapes.shape_of",
          "rows: choices, yes or no, spans", "what was ignored, relations", "a Prodigy export"),
    Known("doccano export", "JSONL: label lists [start, end, label], or entities", "json_shapes.shape_of", "rows",
          "relations", "spans as start, end, label"),
    Known("brat annotations", "a folder of .txt with .ann", "folder_rows.read_folder", "rows: texts with their spans",
          "relations, events, attributes, notes", "texts with brat's marks"),
    Known("WebAnno TSV 3", "#FORMAT=WebAnno TSV 3, as INCEpTION exports", "webanno_rows.read_webanno",
          "rows: sentences with the spans of one layer", "other layers, relations, chains",
          "a sentence with WebAnno's marks a row"),
    Known("translation memory", "TMX", "markup_rows.read_xml", "rows, a column a language", "properties, inline codes"),
    Known("TREC test collection", "a folder: topics (<top>), judgements (qrels), a table of documents",
          "trec_rows.records", "rows: topics with the documents that answer them", "grades above 0, runs"),
    Known("gettext catalog", "PO: msgid, msgstr", "field_lines.read_po", "rows: texts and translations",
          "further plural forms, fuzzy and obsolete entries"),
    Known("Rayyan export", "RIS or CSV: RAYYAN-INCLUSION in a note", "noted.with_notes",
          "rows: what most reviewers decide, reasons and labels", "who decided, votes that are even"),
    Known("calendar", "BEGIN:VCALENDAR", "field_lines.read_fields", "rows: an event with its minutes",
          "whole days, repeats"),
    Known("Hub data set", "hf://datasets/OWNER/NAME[/CONFIG][@REVISION][#SPLIT]", "hub_files.named",
          "rows of one split, licence", "scripts that load data, what is beyond 1 GiB"),
)  # fmt: skip


def described() -> str:
    """Return what is ignored of each format, as lines of help."""
    return "\n\n".join(
        ["Files of other tools, and what is not taken:", *(f"{each.name} - {each.lacks}" for each in KNOWN)]
    )


def lacks_of(layout: str) -> str:
    """Return what is ignored of a file, by the description of its layout; "" if it is no tool's."""
    lacks = [each.lacks for each in KNOWN if each.read_as and each.read_as in layout]
    words = dict.fromkeys(", ".join(lacks).split(", "))
    return f"not taken: {', '.join(words)}" if lacks else ""


def sentence() -> str:
    """Return in one sentence what can be read, for questions that ask for a file."""
    return f"Tables, texts and folders are read, and {len(KNOWN)} kinds of files from promptfoo to Label Studio."
