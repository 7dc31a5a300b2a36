"""Verbs of tasks, in the forms that people write."""

_VERB_WORDS = (
    "sort classify categorise categorize label tag route triage assign detect flag filter extract find pull get "
    "identify recognise recognize mark highlight redact mask anonymise anonymize transcribe translate summarise "
    "summarize condense shorten answer rank rerank order search retrieve match compare cluster group deduplicate "
    "generate write draft rewrite paraphrase correct fix convert turn read decide tell predict score rate grade "
    "moderate check judge parse fill describe distinguish separate spot list split map embed look recommend suggest "
    "reply complete explain "
)
_GERMAN_WORDS = (
    "sortiere klassifiziere kategorisiere erkenne markiere finde extrahiere transkribiere übersetze fasse beantworte "
    "schreibe ordne prüfe entscheide suche vergleiche anonymisiere schwärze lies bewerte"
)
VERBS = frozenset(f"{_VERB_WORDS} {_GERMAN_WORDS}".split())
_DOUBLING = frozenset({"tag", "get", "flag", "map", "split", "spot"})


def _forms() -> frozenset[str]:
    """Return each English verb's third person and -ing form."""
    found = set()
    for verb in _VERB_WORDS.split():
        third = verb + "s"
        if verb.endswith(("ch", "sh", "x")):
            third = verb + "es"
        elif verb.endswith("y"):
            third = verb[:-1] + "ies"
        stem = verb + verb[-1] if verb in _DOUBLING else verb.removesuffix("e")
        found |= {third, f"{stem}ing"}
    return frozenset(found)


_FORMS = _forms()


def is_verb(word: str) -> bool:
    """Return whether a word is such a verb, in any form."""
    return word.lower() in VERBS or word.lower() in _FORMS
