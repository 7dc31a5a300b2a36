"""Texts of two languages for tables, and what tests ask of a look at one."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from advisor.interview.facts import Fact
from advisor.interview.files.sheet import look

Write = Callable[[Sequence[dict[str, Any]]], Path]
ENGLISH = [
    "The parcel never came and nobody answers the phone any more.",
    "Please send me a new invoice for the order of last week.",
    "The app closes by itself whenever I open the settings page.",
    "I would like to return the shoes because they are too small.",
    "Your driver left the box in the rain and all of it is wet.",
    "How can I change the address to which you send my letters?",
    "The card was charged twice for one and the same purchase.",
    "My password is not accepted although I have just changed it.",
]
GERMAN = [
    "Das Paket ist nie angekommen und niemand geht ans Telefon.",
    "Bitte schicken Sie mir eine neue Rechnung für die Bestellung.",
    "Die App schließt sich von selbst, wenn ich sie öffne.",
    "Ich möchte die Schuhe zurückgeben, weil sie zu klein sind.",
    "Ihr Fahrer hat den Karton im Regen stehen lassen.",
    "Wie kann ich die Anschrift für meine Briefe ändern?",
    "Die Karte wurde für einen Einkauf zweimal belastet.",
    "Mein Passwort wird nicht angenommen, obwohl es neu ist.",
]


def kinds(path: Path) -> dict[str, str]:
    return {column.name: column.kind for column in look(path).columns}


def of(known: tuple[Fact, ...], key: str) -> Any:
    return next(fact for fact in known if fact.key == key).value
