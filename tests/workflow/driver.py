"""Drives a session with answers from a file, and kills itself with -9 at a given point.

Arguments: session, a JSON file with {"answers", "start"}, a log file, and the place of the kill ("" for none): before
the answer ("ask:KEY"), when a node begins ("stage:NAME"), at the Nth news of a probe ("probed:N"), or "reported". The
log gets a line an answer: its key. At the end, the results' documents are printed.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from advisor.api import read_recommendation
from advisor.interview.facts import Understanding
from advisor.interview.question import Question
from advisor.workflow.drive import drive
from advisor.workflow.frontend import Answer, Event, MissingAnswerError, Probed, Reported, Stage
from advisor.workflow.sessions import Start


class KilledFrontend:
    """Answers from a mapping, and ends the process at one place."""

    def __init__(self, answers: dict[str, Any], log: Path, place: str) -> None:
        self._answers = answers
        self._log = log
        self._place = place
        self._probed = 0

    def _at(self, place: str) -> None:
        if place == self._place:
            os.kill(os.getpid(), signal.SIGKILL)

    def ask(self, question: Question, understanding: Understanding) -> Answer:
        self._at(f"ask:{question.key}")
        if question.key not in self._answers or question.problem:
            raise MissingAnswerError(question)
        with self._log.open("a", encoding="utf-8") as log:
            log.write(question.key + "\n")
        return Answer(question.key, self._answers[question.key])

    def tell(self, event: Event) -> None:
        """Count, and end there if this is the place."""
        match event:
            case Stage(name=name):
                self._at(f"stage:{name}")
            case Probed():
                self._probed += 1
                self._at(f"probed:{self._probed}")
            case Reported():
                self._at("reported")


def main() -> None:
    session, given, log, place = sys.argv[1:]
    content = json.loads(Path(given).read_text(encoding="utf-8"))
    frontend = KilledFrontend(content["answers"], Path(log), place)
    done = drive(session, frontend, start=Start(**content["start"]))
    found = read_recommendation(session, Path(done.folder))
    sys.stdout.write(json.dumps([found.result]))


if __name__ == "__main__":
    main()
