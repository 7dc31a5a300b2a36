"""A run for other tools: Every Eval Ever's JSON, the columns of promptfoo's CSV, a badge.

Every Eval Ever (https://github.com/evaleval/every_eval_ever, schema 0.3.0) has a package that needs Python 3.12
and only writes one dictionary; the dictionary is written here.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import datetime
from time import time
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from advisor.errors import InputError, one_line
from advisor.report import sentences
from advisor.report.sanitize import readable_value
from advisor.runs.locate import REMOTE_PLACES
from advisor.system.plugins import installed_version
from advisor.units import percent_floor

if TYPE_CHECKING:
    from advisor.report.model import Report, Tested
    from advisor.runs.reader import Run

SCHEMA = "0.3.0"
# Shields.io's colours: by strength, if none passes, and if nothing is known.
_COLOURS = {"certified": "#4c1", "examples": "#dfb317", "provisional": "#dfb317"}
_RED, _GREY = "#e05d44", "#9f9f9f"
# Mean character width of Verdana at 11 pixels, the badges' font, and the padding of a text.
_CHARACTER, _MARGIN = 7, 10
# Spreadsheets evaluate such cells as formulas (OWASP, "CSV Injection").
_FORMULA = re.compile(r"^[=+\-@\t\r](?!\d*\.?\d+$)")
_BADGE = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{label}: {said}">
<title>{label}: {said}</title>
<rect width="{width}" height="20" rx="3" fill="#555"/>
<path d="M{left} 0h{last}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H{left}z" fill="{colour}"/>
<g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">
<text x="{middle}" y="14">{label}</text>
<text x="{at}" y="14">{said}</text>
</g>
</svg>"""


def every_eval_ever(document: Report, run: Run) -> str:
    """Return the measurements of the recommended model, else of the closest one, as one evaluation log."""
    about = sentences.recommended(document) or sentences.closest(document.candidates)
    if about is None:
        raise InputError(f"run {run.id}: no candidate was measured, so there is no evaluation to write")
    made = document.reproduce.made
    when = str(int(datetime.fromisoformat(made).timestamp())) if made else str(int(time()))
    engine, _, version = (about.engine or about.runtime).partition(" ")
    is_here = about.sent_to is None and about.place not in REMOTE_PLACES
    details = {
        "deployment_type": "self_deployed" if is_here else "externally_managed",
        "model_availability": "open_weights" if is_here else "unknown",
        "method": about.method,
        "revision": about.revision,
        "precision": about.precision,
    }
    content = {
        "schema_version": SCHEMA,
        "evaluation_id": f"{document.task.name}/{about.name}/{document.run}",
        "evaluation_timestamp": when,
        "retrieved_timestamp": str(int(time())),
        "source_metadata": {
            "source_name": "Model Advisor",
            "source_type": "evaluation_run",
            "source_organization_name": "unknown",
            "evaluator_relationship": "third_party",
        },
        "eval_library": {"name": "model-advisor", "version": installed_version("model-advisor") or "unknown"},
        "model_info": {
            "name": about.name,
            "id": about.model,
            "inference_engine": {"name": engine, "version": version.strip("()") or "unknown"},
            "additional_details": {name: value for name, value in details.items() if value},
        },
        "evaluation_results": list(_results(document, about)),
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def _results(document: Report, about: Tested) -> Iterator[dict[str, Any]]:
    source = {"dataset_name": document.task.name, "source_type": "other", "source_id": document.run}
    asked = f"How many of the examples came out {sentences.exactly(document) or 'right'}."
    yield {
        "evaluation_name": document.task.name,
        "source_data": source,
        "metric_config": _metric("accuracy" if document.task.is_accuracy else "model-advisor.pass_rate", asked),
        "score_details": {
            "score": about.passes / about.outcomes if about.outcomes else 0.0,
            "details": {"passes": str(about.passes), "bar": str(document.bar.pass_rate), "verdict": about.verdict},
            "uncertainty": {
                "num_samples": about.outcomes,
                "confidence_interval": {
                    "lower": about.lower_bound or 0.0,
                    "upper": 1.0 if about.upper_bound is None else about.upper_bound,
                    "confidence_level": 1.0 - about.level,
                    "method": f"one-sided bounds; {document.evidence_test}",
                },
            },
        },
    }
    for each in about.besides:
        if each.observed is not None:
            yield {
                "evaluation_name": f"{document.task.name}.{each.name}",
                "source_data": source,
                "metric_config": _metric(f"model-advisor.{each.name.partition(' ')[0]}", each.words),
                "score_details": {"score": each.observed, "details": {"bar": str(each.bar), "verdict": each.verdict}},
            }


def _metric(name: str, words: str) -> dict[str, Any]:
    kept = {"metric_id": name, "metric_unit": "proportion", "evaluation_description": words}
    return kept | {"lower_is_better": False, "score_type": "continuous", "min_score": 0.0, "max_score": 1.0}


def promptfoo(document: Report, run: Run) -> str:
    """Return one row per example with the columns of `promptfoo eval --output results.csv`, a block per candidate."""
    names = sorted({name for example in run.evidence for name in dict(example.parts)}) or ["input"]
    prompt = one_line(document.task.instruction, 100)
    header = [*names, "expected"]
    for candidate in run.candidates:
        header += [f"[{candidate.name}] {prompt}", "Status", "Score", "Named Scores", "Grader Reason", "Comment"]
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(map(_cell, header))
    for example in run.evidence:
        parts = dict(example.parts) or {"input": example.input}
        row = [*(readable_value(parts.get(name, "")) for name in names), readable_value(example.expected)]
        for candidate in run.candidates:
            said = candidate.record.answers.get(example.id)
            if said is None:
                row += [""] * 6
                continue
            status = "ERROR" if said.error is not None else "PASS" if said.passed else "FAIL"
            why = said.error or ("" if said.passed else f"expected {readable_value(example.expected)}")
            scores = json.dumps({name: round(value, 2) for name, value in said.scores.items()}) if said.scores else ""
            row += [
                "" if said.output is None else readable_value(said.output),
                status,
                f"{said.score:.2f}",
                scores,
                why,
                "",
            ]
        writer.writerow(map(_cell, row))
    return written.getvalue()


def _cell(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def badge(document: Report, run: Run) -> str:  # noqa: ARG001  same signature as the others
    """Return what is proven as an SVG badge for a README."""
    about = sentences.recommended(document)
    if about is None:
        said, colour = sentences.badge(document), _RED if document.verdict == "none" else _GREY
    else:
        colour = _COLOURS.get(document.strength or "", _GREY)
        proven = f"≥ {percent_floor(about.lower_bound or 0.0)}"
        rate = proven if sentences.is_used(document, about) else sentences.badge(document)
        said = f"{rate} with {sentences.name_of(about, 40)}"
    label = one_line(document.task.name, 40)
    left, right = (len(text) * _CHARACTER + _MARGIN for text in (label, said))
    return _BADGE.format(
        width=left + right,
        left=left,
        last=right - 3,
        middle=left / 2,
        at=left + right / 2,
        label=escape(label, {'"': "&quot;"}),
        said=escape(said, {'"': "&quot;"}),
        colour=colour,
    )
