"""A question as data: front ends draw it or look up its key; none decides anything about it."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from advisor.system.source import set_option

Kind = Literal["text", "choice", "several", "number", "size", "file", "yes", "labels", "columns", "plan"]
# The answer that continues although little can come of it.
ANYWAY = "anyway"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the offered answers."""

    value: Any
    label: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the interview."""

    key: str  # The fact's key that it settles, used by `--set KEY=VALUE`, answers files and `Answer.key`.
    text: str  # The question.
    # The type of an answer: "text" a string; "choice" the value of one choice, or another text where `is_open`;
    # "several" a list of these; "number" a float; "size" bytes as an int, or a text such as "4GB"; "file" a path; "yes"
    # a bool; "labels" a list of strings; "columns" a mapping from parts to column names; "plan" as "yes", with the plan
    # shown beforehand.
    kind: Kind
    why: str = ""  # Why it is asked, in numbers.
    choices: tuple[Choice, ...] = ()  # The offered answers, numbered in this order.
    default: Any = None  # The answer taken if none is given; None if there is none.
    default_from: str = ""  # The source of the default, e.g. "this machine has 16 GB of memory".
    flag: str = ""  # The command-line flag that answers it, e.g. "--set constraints.license=apache-2.0".
    is_open: bool = False  # Whether answers other than the choices are allowed.
    may_skip: bool = True  # Whether "I don't know" (None) is an answer. Not if the task cannot do without it.
    problem: str = ""  # The error of the last answer, or of its consequences; "" at first.
    # Whether the default is the likeliest reading of words or file: it is taken if there is no user to ask. With two
    # equally likely readings neither is taken.
    is_reading: bool = False

    @property
    def is_by_hand(self) -> bool:
        """Whether only a person can answer: a label, an example to write, how to get examples.

        Neither a default nor "I don't know" can replace the answer.
        """
        return self.key.partition(":")[0] in {"no_examples", "label", "write"}

    @property
    def other_flag(self) -> str:
        """The flag for an answer other than the default: the question's, else another choice, "none of them" first."""
        if self.flag != set_option(self.key, self.default):
            return self.flag
        others = sorted(
            (each.value for each in self.choices if each.value != self.default), key=lambda it: it is not None
        )
        return next((set_option(self.key, each) for each in others), self.flag)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
