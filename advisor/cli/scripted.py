"""The command line as a front end: answers come from flags and files, then from the terminal if there is one."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from advisor.api import missing, needs_people
from advisor.cli.progress import ProgressPrinter, terminal_width
from advisor.cli.prompt import Prompt, default_words, say_wrapped
from advisor.errors import one_line
from advisor.execution.control import PlanOnly
from advisor.interview.facts import Fact, Source, Understanding
from advisor.interview.write_task import SEEN, said_of
from advisor.paths import runs_dir
from advisor.system.codec import plain
from advisor.system.source import quoted, set_option
from advisor.system.streams import emit, is_terminal, say
from advisor.task.fields import listed
from advisor.workflow.frontend import (
    Answer,
    Event,
    Planned,
    Probed,
    Reported,
    Shortlisted,
    Stage,
    Understood,
    unasked,
)
from catalog.live_line import LiveLine

if TYPE_CHECKING:
    from advisor.cluster.placement import ClusterPlan
    from advisor.decide.plan import Plan
    from advisor.interview.question import Question


# Answers that exclude models: without one nothing is excluded.
# Notices of rows that a plan's notes count as well, with their lines.
IN_PLAN = frozenset({"duplicates", "votes", "near_duplicates", "empty"})
LIMITS = frozenset({"constraints", "bar", "download", "servers"})


def _changes(question: Question, understanding: Understanding) -> str:
    """Return how a guess is changed: the flag for the next likely one, and the other columns that may be expected."""
    said = f"{question.other_flag} changes it"
    ways = (each.value for each in question.choices if question.key == "reading" and isinstance(each.value, dict))
    taken = understanding.value("examples.expected")
    columns = dict.fromkeys(column for each in ways if isinstance(column := each["examples.expected"], str))
    others = [quoted(each) for each in columns if each != taken and set_option("examples.expected", each) not in said]
    return f"{said}; {' or '.join(others)} may be expected, too" if others else said


class CommandLine:
    """Prints what happens: the plan and progress to standard error, the result to standard output."""

    def __init__(
        self, *, json_output: bool, takes_defaults: bool, plan_only: bool = False,
        check: Callable[[Plan], None] | None = None, quiet: bool = False,
    ) -> None:  # fmt: skip
        self.plan_only = plan_only
        # The flags for the second likeliest reading of the file, if the likeliest was taken unasked; else "".
        self.other_reading = ""
        # The notes of a plan that was printed where the answer will be.
        self.told: frozenset[str] = frozenset()
        self._json = json_output
        self._quiet = quiet
        self._takes_defaults = takes_defaults
        self._check = check
        self._progress: ProgressPrinter | None = None
        self._shown: str = ""
        self._listed: Shortlisted | None = None
        self._known = Understanding()
        self._said: set[str] = set()
        self._prompt = Prompt()
        self._live = LiveLine()

    def ask(self, question: Question, understanding: Understanding) -> Answer:
        """Return the answer given at the terminal, or the default if it may be taken; else MissingAnswerError.

        A label, and how to get examples, has no default.
        """
        has_people = is_terminal(sys.stdin) and is_terminal(sys.stderr)
        self._live.end()
        if has_people:
            self._understood(understanding)
        if question.problem and not has_people:
            raise missing(question, understanding)
        if question.key == "starter" and (self._takes_defaults or (question.may_skip and not has_people)):
            return Answer("starter", value=self._takes_defaults)  # packages are fetched only with consent
        if question.key in {"send_to", "allow_code"}:
            return _consent(question, understanding, has_people=has_people)
        self.other_reading = question.flag if question.key == "reading" and not has_people else self.other_reading
        may_take = self._takes_defaults and not needs_people(question, understanding)
        if question.key in {"examples", "unscored"} and not question.problem:
            self._list_models(question.key, understanding)
        if has_people and not (may_take and question.default is not None):
            return self._prompt.ask(question, understanding)
        if may_take and (question.default is not None or question.may_skip):
            if not self._quiet:
                changes = f"; {_changes(question, understanding)}" if question.is_reading else ""
                say_wrapped(f"{question.key}: {default_words(question)}{changes}", hanging="  ")
            return self._unasked(question, question.default)
        if not (has_people or needs_people(question, understanding)) and _is_likely(question):
            said = default_words(question) if question.is_reading else "not said, so nothing is ruled out"
            flag = _changes(question, understanding) if question.is_reading else f"{question.flag} changes it"
            say_wrapped(f"{question.key}: {said}; {flag}", hanging="  ")
            value = question.default if question.is_reading else None
            return self._unasked(question, value)
        raise missing(question, understanding)

    def _list_models(self, asked: str, known: Understanding) -> None:
        """Print what would be tried, which takes no examples, or what the catalog has for a kind that is not scored.

        PlanOnly if that was all that was requested.
        """
        if (self._json or self._quiet) and not self.plan_only:
            return
        is_listed = self._untested(known) if asked == "examples" else self._unscored(known)
        if is_listed and self.plan_only:
            raise PlanOnly

    def _untested(self, known: Understanding) -> bool:
        from advisor.workflow.untested import untested  # imports everything that makes a plan
        from catalog import open_catalog

        with open_catalog() as catalog:
            found = untested(known, catalog, int(known.value("download") or 0))
        if found is not None:
            self._understood(known)
            self._shortlist(found)
        return found is not None

    def _unscored(self, known: Understanding) -> bool:
        from advisor.candidates.lookup import Flags
        from advisor.cli import search
        from advisor.interview.text.words import OFF_PICTURES, kind_in_words, unscored
        from catalog import open_catalog

        words, most = str(known.value("words", "")), int(known.value("download") or 0)
        with open_catalog() as catalog:
            kind = unscored(words, catalog)
        if kind is not None:
            if not self._json:
                emit(f"Not tested: answers of {kind_in_words(kind)} are not scored here. The catalog has for it:\n")
            kinds = sorted(OFF_PICTURES) if kind in OFF_PICTURES else [kind]
            device = [str(known.value("device"))] if known.value("device") == "cpu" else []
            flags = Flags(family=kinds, max_size=str(most) if most else None, device=device)
            search.search(words, flags, json_output=self._json, width=terminal_width(sys.stdout))
        return kind is not None

    def _shortlist(self, event: Shortlisted) -> None:
        from advisor.report.document import shortlist_report  # these import everything that makes a plan
        from advisor.report.text import untested_text

        if event == self._listed:
            return
        self._listed = event
        if self._json and self.plan_only:
            emit(json.dumps(plain(shortlist_report(event.shortlist, event.family, event.note)), indent=2))
            return
        stream, write = (sys.stderr, say) if self._json else (sys.stdout, emit)
        write(untested_text(event.shortlist, event.family, event.note, terminal_width(stream)) + "\n")

    def _unasked(self, question: Question, value: object) -> Answer:
        """Return an answer that is taken without asking; its fact is printed already."""
        answer = unasked(question, value)
        self._said.add(fact_line(Fact(question.key, value, Source.ANSWER, unasked=answer.unasked)))
        return answer

    def tell(self, event: Event) -> None:
        """Print an event; PlanOnly once the plan is printed, if nothing else was requested."""
        if self._quiet and isinstance(event, Stage | Probed):
            return
        match event:
            case Understood(understanding=understanding):
                self._known = understanding
            case Shortlisted():
                self._shortlist(event)
            case Planned(plan=plan) if plan.run_id != self._shown:
                self._planned(event)
            case Stage():
                self._stage(event)
            case Probed(progress=progress):
                if self._progress is None:
                    self._progress = ProgressPrinter()
                self._progress(progress)
            case Reported():
                self.close()

    def _planned(self, event: Planned) -> None:
        if self._check is not None:
            self._check(event.plan)
        self._shown = event.plan.run_id
        self._plan(event.plan, event.cluster)
        if self.plan_only:
            raise PlanOnly

    def _stage(self, stage: Stage) -> None:
        """Print what is being fetched, and how far a large file is read, on a line that is overwritten."""
        if stage.name == "planning" and stage.detail:
            self._live.show(stage.detail)
            return
        self._live.end()
        if stage.name == "fetching":
            say(stage.detail)

    def close(self) -> None:
        self._live.end()
        if self._progress is not None:
            self._progress.__exit__()
            self._progress = None

    def so_far(self) -> str:
        """Return what the outcomes of an interrupted run say; "" if none has begun."""
        folder = runs_dir() / self._shown
        if not self._shown or not folder.exists():
            return ""
        from advisor.report.full import report_of
        from advisor.report.sentences import headline
        from advisor.runs.reader import open_run

        return headline(report_of(open_run(folder)))

    def _understood(self, known: Understanding, *, has_plan: bool = False) -> None:
        """Print facts that are new since the last call, with their sources, and notices; not those a plan repeats."""
        # Defaults and empty facts that restrict no model are not printed.
        facts = [fact for fact in known.facts if fact.value or fact.source is not Source.DEFAULT]
        facts = [fact for fact in facts if fact.value is not None]
        lines = [fact_line(fact) for fact in facts if fact.key not in SEEN | {"words"}]
        notices = [each for each in known.notices if not (has_plan and each.key in IN_PLAN)]
        lines += [f"note: {one_line(notice.text, 1200)}" for notice in notices]
        # Taken in an earlier call of the same command, which said how it is changed.
        read = known.get("reading")
        if read is not None and read.unasked and fact_line(read) not in self._said:
            self._said.add(fact_line(read))
            from advisor.interview.file_questions import OTHER_COLUMNS  # imports all that reads words

            why = f"{one_line(read.unasked, 100)}, taken unasked"
            lines.insert(0, f"reading: {_as_read(known)} ({why}); {OTHER_COLUMNS} changes it")
        for line in lines:
            if line not in self._said:
                self._said.add(line)
                say_wrapped(line, hanging="  ")

    def _plan(self, plan: Plan, cluster: ClusterPlan | None) -> None:
        self._live.end()
        if self._quiet and not self.plan_only:
            return
        if not self._quiet:
            self._understood(self._known, has_plan=True)
        if self._json and self.plan_only:
            from advisor.report.document import plan_report

            on = {} if cluster is None else {"cluster": asdict(cluster)}
            emit(json.dumps(plain(plan_report(plan)) | on, indent=2))
        else:
            from advisor.report.text import plan_text  # imports everything that makes a plan

            stream, write = (sys.stderr, say) if self._json else (sys.stdout, emit)
            width = terminal_width(stream)
            text = plan_text(plan, width, with_odds=self.plan_only) + (
                "" if cluster is None else f"\n\n{cluster.text(width)}"
            )
            write(text + ("" if self.plan_only else "\n"))
            self.told = frozenset(() if self._json else plan.examples.notes)


def _as_read(known: Understanding) -> str:
    """Return the kind of task and the columns, as the question of the reading names them."""
    columns = []
    for value in (known.value("examples.input"), known.value("examples.expected")):
        parts = value.values() if isinstance(value, dict) else [value]
        columns.append(" + ".join(str(each) for part in parts for each in listed(part)))
    return f"{str(known.value('family', '')).replace('-', ' ')}: {one_line(' → '.join(filter(None, columns)), 160)}"


def _is_likely(question: Question) -> bool:
    """Return whether a question is answered without a user: the likeliest reading, or no limit if none is named.

    A possible but uncertain bar in the words is refused: a wrong bar would go unnoticed.
    """
    if question.is_reading:
        return question.default is not None or question.may_skip
    return question.may_skip and question.key.partition(".")[0] in LIMITS and question.key != "bar.pass_rate"


def _consent(question: Question, understanding: Understanding, *, has_people: bool) -> Answer:
    """Require a flag or a yes before examples leave this machine or a task's code runs; there is no default."""
    if not has_people:
        raise missing(question, understanding)
    import typer

    words, _, asked = question.text.rpartition(". ")
    if not typer.confirm(f"{words}.\n{asked}", default=False, err=True):
        raise missing(question, understanding)
    return Answer(question.key, question.choices[0].value)


def fact_line(fact: Fact) -> str:
    """Return a fact as a line: its key, by which it is corrected, its value and the words it was read from."""
    value = fact.value if isinstance(fact.value, str) else json.dumps(fact.value, ensure_ascii=False)
    if fact.key == "download" and fact.value == 0:  # the command's default, not asked
        return "download: 0 (nothing is downloaded unless --download says so)"
    words = f', "{one_line(fact.words, 80)}"' if fact.words else ""
    return f"{fact.key}: {one_line(value, 100)} ({said_of(fact)}{words})"
