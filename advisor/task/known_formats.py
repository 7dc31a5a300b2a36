"""What people have already and give as it is: how each form is recognised, who reads it, what of it is not taken."""

from typing import NamedTuple


class Known(NamedTuple):
    """A form of examples: how it is recognised, its reader below `advisor.task`, what it gives and what it lacks."""

    name: str
    sign: str
    reader: str
    gives: str
    lacks: str


_CODE = "JavaScript, Python, webhooks, judges, not-…, transforms"
_RECORDS = "JSON, JSONL or CSV: an input, what is expected, metadata"
KNOWN = (
    Known("promptfoo configuration", "YAML or JSON: prompts, providers or tests", "evaluations.promptfoo.read",
          "rows, prompt, pass rate, latency, comparison, JSON schema, pattern", f"{_CODE}, scenarios, cost"),
    Known("promptfoo tests", "CSV with a column __expected", "evaluations.promptfoo.read_table",
          "rows, latency, comparison", _CODE),
    Known("OpenAI evals", "YAML: class and args", "evaluations.suites.read_registry",
          "rows of its samples, instruction, comparison", "model-graded and own classes, few-shot, all but one eval"),
    Known("OpenAI evals samples", "JSONL: input and ideal", "cases.case",
          "rows, instruction", "how they are compared, which the registry's YAML says"),
    Known("chats for fine-tuning", "JSONL: messages", "json_shapes.shape_of",
          "rows (the last turn is the answer), instruction", "tool calls, pictures, preference pairs"),
    Known("lm-evaluation-harness task", "YAML: task, doc_to_text or dataset_path", "evaluations.suites.read_lm_eval",
          "rows of its file or data set of the Hub, labels, instruction, comparison",
          "!function, Jinja beyond {{name}}, groups, filters, few-shot"),
    Known("inspect log", ".eval, or JSON: status, eval and samples", "evaluations.suites.read_log",
          "rows, system message, scorer", "model-graded scorers, tools, pictures, the model's answers"),
    Known("Braintrust data set", _RECORDS, "cases.case", "rows", "attachments, scores"),
    Known("Langfuse data set", _RECORDS, "cases.case", "rows, without archived ones", "traces, media"),
    Known("LangSmith data set", _RECORDS, "cases.case", "rows", "runs, attachments"),
    Known("Phoenix data set", f"{_RECORDS}; CSV: input_…, output_…", "cases.case", "rows", "experiments, spans"),
    Known("Argilla records", "JSON: fields and responses", "cases.argilla", "rows", "suggestions, second answers"),
    Known("Label Studio export", "JSON: data and annotations", "json_shapes.shape_of",
          "rows: choices, spans, texts, ratings", "regions of pictures, second annotations"),
    Known("Prodigy export", "JSONL: _task_hash", "json_shapes.shape_of",
          "rows: choices, yes or no, spans", "what was ignored, relations"),
    Known("doccano export", "JSONL: label lists [start, end, label]", "json_shapes.shape_of", "rows", "relations"),
    Known("translation memory", "TMX", "markup_rows.read_xml", "rows, a column a language", "properties"),
    Known("database dump", "SQL: INSERT INTO", "sql_rows.read_sql", "rows of the largest table", "other tables, types"),
    Known("calendar", "BEGIN:VCALENDAR", "lines.read_fields", "rows: an event with its minutes", "whole days, repeats"),
    Known("Hub data set", "hf://datasets/OWNER/NAME[/CONFIG][@REVISION][#SPLIT]", "hub_files.named",
          "rows of one file, licence", "scripts that load data, further shards"),
)  # fmt: skip


def sentence() -> str:
    """Return the forms in one sentence, for where a file is asked for."""
    names = ", ".join(known.name for known in KNOWN)
    return f"Tables, texts and folders are read, and what you may have already: {names}."
