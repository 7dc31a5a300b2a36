"""Requirements stated with a task: a translation's target language, multilingual models, small devices."""

from catalog.query.understand import understand
from tests.tables import for_each


@for_each(
    ("text", "direction"),
    [
        ("English to Simplified Chinese", ("en", "zh")),
        ("into Swedish from English", ("en", "sv")),
        ("translate German and French", None),
        ("from German to French and Italian", ("de", "")),
    ],
)
def test_the_direction_of_a_translation(text: str, direction: tuple[str, str] | None) -> None:
    """For two languages the words give the target; for others nothing is given."""
    assert understand(text).direction == direction


@for_each(
    ("text", "expected"),
    [
        ("notes in several languages", True),
        ("a multilingual reranker", True),
        ("one language model", False),
        ("a reranker, not only for English", True),
        ("not just in English but in German, too", True),
    ],
)
def test_many_languages_are_a_wish(text: str, *, expected: bool) -> None:
    assert understand(text).is_multilingual == expected


@for_each(
    ("text", "expected"),
    [
        ("captions on a mid-range Android phone", True),
        ("must be tiny", True),
        ("rerank hits within 80 ms", True),
        ("find phone numbers in letters", False),
        ("a chat model for my server", False),
        ("Fragen zu unseren Haushaltsgeräten", False),
        ("läuft auf dem Gerät selbst", True),
        ("classer les messages sur l'appareil", True),
    ],
)
def test_small_places_are_a_wish(text: str, *, expected: bool) -> None:
    """If the words ask for a small device, or for milliseconds, small models rank higher."""
    assert understand(text).is_tiny == expected
