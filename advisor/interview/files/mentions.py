"""Which columns a task's words mention, and how: to be found, as a source, in a list, or as not wanted."""

import re
from collections.abc import Collection, Iterable, Sequence

from advisor.families.values import without_accents
from advisor.interview.files.names import (
    BY,
    MEANT,
    SHORTEST,
    WORD,
    are_forms,
    is_any,
    names_of,
    nested,
    of_kind,
    words,
)

# Who is to get something: help desks name the column of their teams "Group".
_TEAMS, _GROUPS = of_kind("teams"), of_kind("groups")
# Words shortly before a team that is to be found, "to the right team"; "our team" is who asks.
_WHICH = of_kind("which")
_WHOSE = of_kind("whose")
# How texts are written: "HTML mails" are not the column "html_body" alone, without their subjects.
_WRITTEN = frozenset({"html"})
# Words of every task that never name a column.
SOUGHT = of_kind("sought")
# A clause with one of these says what is not wanted.
_DISMISSES = re.compile(
    r"\b(?:not|no|nor|never|ignor\w*|without|except|instead|neither|wrong|rubbish|useless|irrelevant|trivial|nothing|dreadful|"
    r"unreliable|egal|inutil\w*|perder\w*|almay\w*|palpite|nicht|kein\w*|"
    r"ohne|statt|pas|sans|ni|sin|non|senza|niet|geen|zonder|nie|bez|не|без|нет|değil|não|sem|inte|ikke|ei|yok)\b|n['\u2019]t\b|"
    r"ではな|ない|使わ|除|不|别|非|안 ?[되돼됩]|말고|않|빼고|제외|ليس|(?<!\w)لا(?!\w)|بدون|غير",
    re.IGNORECASE,
)
# "Is it the same or not" asks for both.
_OR_NOT = re.compile(
    r"\b(?:or|oder|ou|o|of|czy|lub|albo|eller|nebo|или|veya|vagy|sau)\s+"
    r"(?:not|no|nicht|non|pas|niet|nie|ne|не|нет|não|inte|ikke|ei|değil|nem|nu)\s*$",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[.;,!?()\n\u2013\u2014:\u3002\u3001\uff0c\uff1b]| - |"
    r"\b(?:but|and|aber|und|sondern|mais|et|pero|y|sino|ma|e|maar|en|ale|i|но|и)\b"
)
# Words after which a name is surely a source, with an article between at most.
_FROM = of_kind("from")
# After these words, with an article and one more word between at most, a column is rather the input.
_OUT_OF = _FROM | of_kind("out_of")
_BETWEEN = 2
# What follows these is what something is sought for.
_FOR = of_kind("for")
_SEEKS = of_kind("seeks")
_PARTIR, _DE = ("partir",), of_kind("de")
_ARTICLES = of_kind("articles")
_AND = of_kind("and")
# "Names of people and names of places".
_NAMES_OF = of_kind("names_of")
# Prepositions, articles and the like, which are seldom meant as the column of that name.
_SMALL = _FROM | _OUT_OF | _FOR | _ARTICLES | _AND | BY
_SUBJECTS = re.compile(rf",?\s+(?:{'|'.join(sorted(_AND))})\s+|,\s+", re.IGNORECASE)
_LONGEST_LIST = 60  # words
# Names that stand in a sentence without blanks: Chinese and Japanese anywhere, Korean before an ending.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{2,}|[\uac00-\ud7af]{2,}")
# Names of Hebrew and Arabic, and what these write before a noun without a blank.
_JOINED = re.compile(r"[\u05d0-\u05ea]{3,}|[\u0621-\u064a]{3,}")
_PREFIXES = "\u05d4\u05d5\u05d1\u05dc\u05de\u05e9\u05db\u0648\u0641\u0628\u0644\u0643\u0627"
_SHORTEST_STEM, _LONGEST_ENDING = 4, 3  # letters
# What a comma begins: short parts that another comma or "and" ends.
_LISTED = re.compile(
    rf"(?:,\s*[\w'-]+(?:\s+[\w'-]+){{0,2}}){{1,6}}(?:,?\s+(?:{'|'.join(sorted(_AND))})\b|,\s)", re.IGNORECASE
)
# What people call a column of the first of these names that a table has, in their own languages.
_ALIKE = tuple(tuple(without_accents(line).split()) for line in MEANT.values())
# Decorations that tools add to a name: "Custom field (Story Points)", "fields.story_points", "Q12_satisfaction".
_COLUMN = re.compile(
    r"(?:\b(?:columns?|col\.|fields?|spalten?|feld|colonnes?|champs?|columnas?|campos?|colonn[ae]|colunas?|kolom|kolumn\w*"
    r"|kolonn\w*|stĺp\w*|sloup\w*|столб\w*|колонк\w*|sütun\w*)|列|欄)\W{1,3}([^.;:!?\n]{1,60})",
    re.IGNORECASE,
)
# "Sorted by topic", "nach Thema sortiert".
_SORTED_BY = re.compile(
    r"\b(?:sort|trier|class|clas|klass|categor|kategor|smist|organi[sz]|indel)\w*\b[^.;:\n]{0,20}?"
    r"\b(?:by|nach|par|por|per|selon|según|secondo|op)\s+((?:[^\W\d_]+\s+){0,2}[^\W\d_]+)",
    re.IGNORECASE,
)
_IN_QUOTES = re.compile(r"[\"'«„“「『]\s*([^\"'«»“”」』\n]{1,40}?)\s*[\"'»“”」』]")
# As programs write names: "which task (expectedTask)"; other words in brackets explain.
_IN_BRACKETS = re.compile(r"\(\s*(\w*(?:[^\W_]_[^\W_]|[a-z][A-Z])\w*)\s*\)")
# Most words between "column" and its name: "the column that counts is ...".
_BEFORE_NAME = 5
_IS = frozenset(
    ("is", "are", "ist", "sind", "es", "son", "est", "e", "sono", "jest", "called", "named", "heißt", "heet")
)


def said_in(text: str) -> frozenset[str]:
    """Return the words of a task, folded, that may name a column, with those that help desks use for the same."""
    own = frozenset(words(text)) - SOUGHT - _WRITTEN
    return own | _GROUPS if _asks_for_team(text) else own


def says_word(word: str, said: str) -> bool:
    """Return whether a folded word of a task is a form of another, or holds it where no blanks part words."""
    return are_forms(word, said) or (_UNSPACED.fullmatch(word) is not None and word in said)


def _asks_for_team(text: str) -> bool:
    """Return whether words say that a team is to be found: "which team", "to the right team"."""
    spoken = words(text)
    before = (frozenset(spoken[max(0, at - 2) : at]) for at, word in enumerate(spoken) if word in _TEAMS)
    return any(not _WHICH.isdisjoint(each) and _WHOSE.isdisjoint(each) for each in before)


def of_teams(said: str, columns: Iterable[str]) -> list[str]:
    """Return the columns of groups, if the words say for which team something is, and no column is named so."""
    listed = list(columns)
    is_said = _asks_for_team(said) and not any(is_any(column, _TEAMS) for column in listed)
    return [column for column in listed if _GROUPS.issuperset(words(column))] if is_said else []


def clauses(text: str) -> list[str]:
    """Return a text's clauses, roughly."""
    return [clause for clause in _CLAUSE.split(text) if clause.strip()]


def dismisses(clause: str) -> bool:
    """Return whether a clause says what is not wanted."""
    return _DISMISSES.search(_OR_NOT.sub("", clause)) is not None


def after_no(clause: str) -> str:
    """Return what follows the first word for what is not wanted; "" without one."""
    at = _DISMISSES.search(clause)
    return "" if at is None else clause[at.end() :]


def parts(clause: str) -> list[str]:
    """Return the parts of a clause that "and", "nor" and the like join."""
    return re.split(rf"\b(?:{'|'.join(sorted(_AND))}|nor|noch|nem|ni|né|ani|ни)\b", clause)


def with_joined_subjects(said: str, columns: Iterable[str]) -> str:
    """Return words with a slash between columns that are listed before a no: "gender and age must not be used"."""
    own = {word for column in columns for word in words(column)}

    def one(at: re.Match[str]) -> str:
        no = _DISMISSES.search(at[0])
        listed = _SUBJECTS.split(at[0][: no.start()]) if no else []
        known = [{word for word in words(each) if word not in _ARTICLES} for each in listed]
        are_columns = [bool(each) and all(any(are_forms(word, one) for one in own) for word in each) for each in known]
        begins = len(known) > 1 and any(are_forms(word, one) for word in known[-1] for one in own)
        return " / ".join(listed) + at[0][no.start() :] if no and begins and all(are_columns[:-1]) else at[0]

    return re.sub(r"[^.;:!?\n]+", one, said)


def set_apart(said: str, columns: Iterable[str]) -> str:
    """Return words with blanks around the names of columns that Chinese, Japanese or Korean writes without.

    So are names behind what Hebrew and Arabic write before a noun: "and", "the", "from".
    """
    names = {name.rpartition(".")[2] for name in columns}  # of a field in an object
    own = "|".join(sorted(filter(_UNSPACED.fullmatch, names), key=lambda name: (-len(name), name)))
    said = re.sub(rf"(?<![\uac00-\ud7af])(?:{own})", lambda at: f" {at[0]} ", said) if own else said
    joined = "|".join(sorted(filter(_JOINED.fullmatch, names), key=lambda name: (-len(name), name)))
    return re.sub(rf"(?<!\w)([{_PREFIXES}]{{1,4}})({joined})(?!\w)", r"\1 \2", said) if joined else said


def wanted_and_not(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return a task's words that may name a column: from clauses that want something, and from the other clauses."""
    held: dict[bool, set[str]] = {True: set(), False: set()}
    for clause in clauses(text):
        held[not dismisses(clause)] |= said_in(clause)
    return frozenset(held[True]), frozenset(held[False] - held[True])


def is_for(said: str, column: str) -> bool | None:
    """Return whether words name a column, in some form, only as what something is for: "for each request".

    None if they do not name it. What is searched for is sought itself.
    """
    spoken, own = words(said), [word for word in words(column) if len(word) >= SHORTEST]
    places = [at for at, word in enumerate(spoken) if any(are_forms(word, each) for each in own)]
    before = [[word for word in spoken[max(0, at - _BETWEEN - 1) : at] if word not in _ARTICLES] for at in places]
    return all(each[-1:] and each[-1] in _FOR and _SEEKS.isdisjoint(each) for each in before) if places else None


def is_named(name: str, said: str) -> bool:
    """Return whether a word names a column in some form: "stars" for "rating", too."""
    word = without_accents(said).casefold()
    alike = [line for line in _ALIKE if any(are_forms(word, each) for each in line)]
    return any(are_forms(each, word) or any(each in line for line in alike) for each in words(name))


def in_full(said: str, columns: Iterable[str]) -> list[str]:
    """Return the columns whose whole names are in the words, ignoring case and accents: likeliest answer first.

    Earlier mentions come first, longer names at the same place; sources ("from the mails") last. Decorations that tools
    add are ignored.
    """
    found = [(min(ranks), column) for column in columns if (ranks := _places(said, column))]
    return [column for _, column in sorted(found)]


def in_other_words(said: str, columns: Iterable[str]) -> list[str]:
    """Return the columns that words call by another name of the same: "stars" for "rating"."""
    own = list(columns)
    meant = _meant({name[0] for column in own for name in names_of(column) if len(name) == 1})
    return in_full(WORD.sub(lambda at: meant.get(without_accents(at[0]).casefold()) or at[0], said), own)


def _meant(own: Collection[str]) -> dict[str, str]:
    """Return what each word of `_ALIKE` means among a table's names of one word, "" if none of them."""
    return {word: next((each for each in alike if each in own), "") for alike in _ALIKE for word in alike}


def in_lists(said: str, columns: Iterable[str]) -> list[str]:
    """Return the columns of whose names words alone are listed, if they are in no other: "date" for "Invoice date"."""
    own = {column: {*words(column)} for column in columns}
    items = [{*words(each)} for each in clauses(said)]
    meant = [[column for column, held in own.items() if item <= held] for item in items if item - _ARTICLES]
    return [found[0] for found in meant if len(found) == 1]


def called(said: str, columns: Iterable[str]) -> list[str]:
    """Return the columns that the words call columns: behind a word for one, in quotes or brackets."""
    placed = [words(at[1]) for form in (_COLUMN, _SORTED_BY) for at in form.finditer(said)]
    in_quotes = {words(at[1]) for form in (_IN_QUOTES, _IN_BRACKETS) for at in form.finditer(said)}

    def is_called(name: tuple[str, ...]) -> bool:
        begins = (
            at == 0 or spoken[at - 1] in _IS
            for spoken in placed
            for at in range(_BEFORE_NAME + 1)
            if spoken[at : at + len(name)] == name
        )
        return bool(name) and (name in in_quotes or any(begins))

    return [column for column in columns if any(map(is_called, names_of(column)))]


def is_taken_out_of(said: str, column: str) -> bool:
    """Return whether words name a column in full only as a source, after "from": "photos from the garden"."""
    return all(is_after for is_after, *_ in _places(said, column))


def sources(said: str, columns: Sequence[str]) -> frozenset[str]:
    """Return the columns that words name in full, each time directly after "from", or in a list that begins so.

    "From the review, sentiment" takes sentiment from the review: that is no list.
    """
    said = re.sub(r"\bz-", "", said, flags=re.IGNORECASE)  # a z-score is no "from" of Polish
    said = _LISTED.sub(lambda at: at[0].replace(",", " and "), said)
    named = _as_named(said, columns)
    spoken = words(named)
    own = {each for column in columns for each in names_of(column) if each}
    # A form counts only where the name itself is nowhere.
    places = {
        column: [at for _, at, _ in _places(said, column) or _places(named, column)]
        for column in {*columns} - nested(columns)
    }
    return frozenset(
        column
        for column, found in places.items()
        if found and all(_is_source(spoken[max(0, at - _LONGEST_LIST) : at], own) for at in found)
    )


def listed(said: str, columns: Sequence[str], along: str = "") -> frozenset[str]:
    """Return the columns that words list in full side by side, but for sources: "find brand, size and material".

    With a column `along`, those in a list with it, sources too: "by the position and the letter".
    """
    named = _LISTED.sub(lambda at: at[0].replace(",", " and "), said)
    spoken = words(_as_named(named, columns))
    text, taken = " ".join(spoken), frozenset() if along else sources(said, columns)
    places = sorted(
        (first, first - less, name) for name in columns if name not in taken for _, first, less in _places(text, name)
    )
    lists, end = list[set[str]](), 0
    for first, after, name in places:
        between = {*spoken[end:first]}
        is_next = bool(lists and between & _AND) and between <= _AND | _ARTICLES | _NAMES_OF
        lists.append({*(lists.pop() if is_next else ()), name})
        end = after
    return frozenset().union(*(each for each in lists if len(each) > 1 and (along in each or not along)))


def _as_named(said: str, columns: Iterable[str]) -> str:
    """Return words with those that differ from one column's only word in their ending as that: "opisu" as "opis"."""
    own = {name[0] for column in columns for name in names_of(column) if len(name) == 1}
    meant = _meant(own)
    stems = {name: name[:-1] for name in own if len(name) >= _SHORTEST_STEM}

    def one(at: re.Match[str]) -> str:
        word = without_accents(at[0]).casefold()
        found = [
            name for name, stem in stems.items() if word.startswith(stem) and len(word) <= len(name) + _LONGEST_ENDING
        ]
        return (
            found[0]
            if word not in own and len(found) == 1
            else (meant.get(word, "") if word not in own else "") or at[0]
        )

    return WORD.sub(one, said)


def _is_source(before: tuple[str, ...], own: Collection[tuple[str, ...]]) -> bool:
    """Return whether the words before a name make it a source: "from the ...", "from the subject and the ..."."""
    before = before[:-1] if before and before[-1] in (_ARTICLES | _WHOSE) - _AND else before
    if before and (before[-1] in _FROM or (before[-2:-1] == _PARTIR and before[-1] in _DE)):
        return True
    before = before[:-1] if before[-2:-1] and before[-1] in _DE and before[-2] in _AND else before
    if not before or before[-1] not in _AND:
        return False
    if before[-2:-1] and before[-2] in _AND:  # ", and"
        return _is_source(before[:-1], own)
    return any(before[-1 - len(name) : -1] == name and _is_source(before[: -1 - len(name)], own) for name in own)


def _places(said: str, column: str) -> list[tuple[bool, int, int]]:
    """Return each mention of a column's full name: whether it is a source, its first word, its negative length.

    A name that is a small word, "De" of a sender, is mentioned where it is written with its capital.
    """
    spoken, written = words(said), WORD.findall(said)
    return [
        (not _OUT_OF.isdisjoint(spoken[max(0, at - 1 - _BETWEEN) : at]), at, -len(name))
        for name in names_of(column)
        for at in range(len(spoken))
        if not SOUGHT.issuperset(name)
        and spoken[at : at + len(name)] == name
        and (not _SMALL.issuperset(name) or (written[at] == column and not column.islower()))
    ]
