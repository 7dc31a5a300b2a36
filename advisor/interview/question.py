"""A question as data: every front end draws it or looks its key up, none decides anything about it."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from advisor.system.source import set_option

Kind = Literal["text", "choice", "several", "number", "size", "file", "yes", "labels", "columns", "plan"]
# The answer that goes on though little can come of it.
ANYWAY = "anyway"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the answers to choose from."""

    value: Any
    label: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Attributes:
        key: What it settles: a fact's key. `--set KEY=VALUE`, an answers file and `Answer.key` name it so.
        text: The question.
        kind: What an answer is: "text" a string; "choice" the value of one choice, or another text where `is_open`;
            "several" a list of such; "number" a float; "size" bytes as an int, or a text such as "4GB"; "file" a path;
            "yes" a bool; "labels" a list of strings; "columns" a mapping from parts to column names; "plan" as "yes",
            with the plan told beforehand.
        why: Why it is asked, in numbers.
        choices: To choose from, numbered as they stand.
        default: The answer that is taken if none is given; None where there is none.
        default_from: Where the default comes from, e.g. "this machine has 16 GB of memory".
        flag: What gives the answer on a command line, e.g. "--set constraints.license=apache-2.0".
        is_open: Whether an answer beside the choices is one too.
        may_skip: Whether "I don't know" (None) is an answer. Not where there can be no task without it.
        problem: What was wrong with the last answer, or with what came of it; "" at first.
        is_reading: Whether the default is how words or file are read most likely: it is taken where nobody can be
            asked. Of two readings that are as likely neither is.
    """

    key: str
    text: str
    kind: Kind
    why: str = ""
    choices: tuple[Choice, ...] = ()
    default: Any = None
    default_from: str = ""
    flag: str = ""
    is_open: bool = False
    may_skip: bool = True
    problem: str = ""
    is_reading: bool = False

    @property
    def is_by_hand(self) -> bool:
        """Whether a person alone can answer: a label, an example to write, how to come by examples.

        No default stands in for that, and neither does "I don't know".
        """
        return self.key.partition(":")[0] in {"no_examples", "label", "write"}

    @property
    def other_flag(self) -> str:
        """What gives another answer than the default: the flag, else another of the choices, none of them first."""
        if self.flag != set_option(self.key, self.default):
            return self.flag
        others = sorted(
            (each.value for each in self.choices if each.value != self.default), key=lambda it: it is not None
        )
        return next((set_option(self.key, each) for each in others), self.flag)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)
