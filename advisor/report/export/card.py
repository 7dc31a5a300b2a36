"""The exported folder's README.md, a model card of the Hub: the choice, its evidence, and how to use it."""

from collections.abc import Mapping, Sequence
from typing import Any

from advisor.errors import one_line
from advisor.report import claims, sentences
from advisor.report.export.code import Shown
from advisor.report.export.targets import Target, left_out_lines
from advisor.report.method import method
from advisor.report.model import Report
from advisor.report.pages import fill_template
from advisor.units import format_bytes, format_count, percent, percent_floor
from catalog.families import FAMILIES

_ON_THE_HUB = "hf://datasets/"


def _of_final(trained: int, evidence: int) -> str:
    """Return which head a folder holds, and which one the certificate is about."""
    return (
        f"This head was trained again on all {trained} rows, the {evidence} that were evidence among them. What "
        "follows is about the head of the probe, which saw none of these: this one is likely as good or better, and "
        "no row is left to prove it."
    )


def served_lines(served: Mapping[str, tuple[int, int]]) -> list[str]:
    """Return how many of the run's answers the weights reproduce when prompted as chat servers do."""
    said = "; ".join(f"as {server} does, {same} of {of}" for server, (same, of) in served.items())
    line = f"Recorded answers that llama.cpp gives again, asked {said}. The servers themselves were not run."
    return [line, ""] if said else []


def model_card(
    document: Report,
    files: Mapping[str, str],
    more: Sequence[str],
    *,
    targets: Sequence[Target] = (),
    left_out: Mapping[str, str] | None = None,
    examples: str = "",
    use: Shown,
    trained_again: int = 0,
) -> str:
    """Return the card; `trained_again` is on how many rows the folder's head was, where it is not the one measured.

    `files` are the weights with their sha256, `more` are lines after the use, `left_out` has the reason for each target
    that does not fit; `examples` is the source of the task's examples; `use` is how the module is called.
    """
    chosen = document.candidates[document.recommended or 0]
    origin, bar = document.reproduce, document.bar
    low = percent_floor(chosen.lower_bound or 0.0)
    again = [_of_final(trained_again, document.examples.evidence)] if trained_again else []
    proven = f", proven at least {low} for new inputs" if document.strength == "certified" else ""
    return fill_template(
        "export/README.md",
        card_data=_metadata(document, examples, is_measured=not trained_again),
        task=document.task.name,
        model=sentences.name_of(chosen),
        claims=[*again, sentences.headline(document), *claims.all_claims(document)],
        chosen=chosen,
        revision_unknown="a local folder" if chosen.files else "none",
        used_as=sentences.method_words(chosen.runtime or "?", chosen.method or "?"),
        parameters=format_count(chosen.parameters),
        memory=format_bytes(chosen.serving_bytes),
        right=" ".join(filter(None, (f"{chosen.passes} of {chosen.outcomes}", sentences.exactly(document))))
        + f"{proven} (bar {percent(bar.pass_rate)})",
        labels=dict(list(document.task.labels.items())[:200]),
        has_module=any(each.name == "python" for each in targets),
        use=use,
        more=more,
        targets=targets,
        left_out=left_out_lines(left_out or {}),
        files=files,
        instruction=document.task.instruction,
        method=method(document),
        run=document.run,
        begun=origin.made or "at an unknown time",
        libraries=", ".join(f"{name} {version}" for name, version in sorted(origin.libraries.items())),
    )


def _metadata(document: Report, examples: str, *, is_measured: bool) -> str:
    """Return the card's front matter: what the Hub filters and shows, with the result in its model index format."""
    from huggingface_hub import EvalResult, ModelCardData  # imports the Hub's client

    chosen, task = document.candidates[document.recommended or 0], document.task
    dataset = "/".join(examples.removeprefix(_ON_THE_HUB).partition("#")[0].split("/")[:2]).partition("@")[0]
    result: dict[str, Any] = {
        "task_type": task.family,
        "dataset_type": dataset if examples.startswith(_ON_THE_HUB) else "private",
        "dataset_name": one_line(task.name, 80),
        "metric_type": "accuracy" if task.is_accuracy else "pass_rate",
        "metric_value": round(chosen.passes / chosen.outcomes, 4) if chosen.outcomes else None,
        "metric_name": f"{chosen.passes} of {chosen.outcomes} {sentences.exactly(document) or 'right'}",
    }
    made = ModelCardData(
        base_model=chosen.model if chosen.revision else None,
        license=chosen.license,
        pipeline_tag=task.family if task.family in FAMILIES else None,  # the Hub warns of unknown ones
        tags=["model-advisor", chosen.runtime],
        model_name=f"{one_line(task.name, 80)}: {sentences.name_of(chosen)}",
        eval_results=[EvalResult(**result)] if chosen.outcomes and is_measured else None,
    )
    text: str = made.to_yaml()
    return text
