"""The labels of fine-tuned models, from a hand-made table.

``labels.txt`` holds sets of labels, as ``[one | two]``, each with the ids of the models that answer with them. The
names are those of the model's own config.json; where these mean nothing, the meaning that its page gives follows
("LABEL_0=ham"). ``[BIO: PER | ORG]`` stands for O, B-PER, I-PER, B-ORG and I-ORG.
"""

from collections.abc import Iterator
from importlib import resources
from itertools import chain
from typing import Final

from catalog.card import ModelCard
from catalog.errors import CatalogError

NAME: Final = "curated labels"
_BIO: Final = "BIO:"


def read() -> Iterator[ModelCard]:
    """Cards of the table, which hold an id and its labels.

    Raises:
        CatalogError: A model stands before the first set, or in two.
    """
    labels: tuple[str, ...] = ()
    seen: set[str] = set()
    text = resources.files("tools.seed").joinpath("labels.txt").read_text(encoding="utf-8")
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        if line.startswith("["):
            labels = _set(line[1:-1])
        elif line and not line.startswith("#"):
            if not labels or line in seen:
                raise CatalogError(f"labels.txt line {number}: {line} is in no set of labels, or in two.")
            seen.add(line)
            yield ModelCard(id=line, labels=labels)


def _set(text: str) -> tuple[str, ...]:
    types = [label.strip() for label in text.removeprefix(_BIO).split("|")]
    if text.startswith(_BIO):
        return ("O", *chain.from_iterable((f"B-{name}", f"I-{name}") for name in types))
    return tuple(types)
