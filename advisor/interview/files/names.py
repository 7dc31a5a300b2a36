"""How people name columns, in some languages: a hint if values leave it open, never more."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import takewhile

from advisor.families.values import without_accents
from advisor.interview.text.vocabulary import VOCABULARY

_WORD = re.compile(r"[A-Z]+(?![^\W\d_A-Z])|[A-Z]?[^\W\d_A-Z]+|\d+")


def _set(listed: str) -> frozenset[str]:
    return frozenset((*listed.split(), *without_accents(listed).split()))


_COLUMNS: dict[str, str] = VOCABULARY["columns"]
_KINDS: dict[str, str] = VOCABULARY["column_kinds"]
ID = _set("id ids uid uuid guid key index idx n nr no number nummer num row hash ticket unnamed")
LABEL = _set(
    "label labels category categories class classes intent intents tag tags topic topics sentiment target emotion "
    "kategorie kategorien klasse etikett thema absicht stimmung catégorie catégories classe étiquette sujet thème "
    "categoría categorías categoria clase etiqueta tema intención categorie klas onderwerp kategoria polarity "
    "department abteilung team queue priority level party genre language lang sprache motif motivo grund anlass "
    f"zuständig zuständigkeit 分類 ラベル カテゴリ 評価 类别 标签 {_KINDS['label']}"
)
# Origins of a row, such as people and tools: seldom the answer.
ORIGIN = _set(
    "by sheet author authors autor auteur user username annotator annotated reviewer creator sender from absender "
    "verfasser bearbeiter customer kunde client cliente platform created updated model"
)
_BY = _set("by von par por da door av af przez")
# Who is to get something: help desks name the column of their teams "Group".
_TEAMS, _GROUPS = _set("team teams department departments abteilung équipe equipo"), _set("group gruppe groupe grupo")
# Words shortly before a team that is to be found, "to the right team"; "our team" is who asks.
_WHICH = _set(
    "which what right correct responsible to by welche welches welchem welcher welchen richtige richtigen richtiges "
    "zuständige zuständigen an nach quelle bonne qué correcto par por"
)
_WHOSE = _set(
    "our my your its their his her unser unsere unserer unserem unseren mein meine sein seine seinem seiner ihr ihre "
    "ihrem ihrer notre mon son sa ses leur leurs nuestro mi su sus suo sua sue seu seus zijn haar hun jego jej ich"
)
# How texts are written: "HTML mails" are not the column "html_body" alone, without their subjects.
_WRITTEN = frozenset({"html"})
# Words of every task that never name a column.
SOUGHT = _set("model models modell modelle modèle modèles modelo modelos modello modelli")
RELEVANT = _set("relevance rel relevanz relevant pertinence pertinencia rilevanza relevancia relevância qrel")
GRADE = RELEVANT | _set(
    "score scores points marks grade grades rating ratings similarity relatedness note punkte bewertung ähnlichkeit "
    "gold mos"
)
# Names of columns whose numbers stand for something.
CODE = _set(
    "code codes coded cod cods codigo código códigos codice codici kod kody kodu kód kódy kode koder kodierung "
    "codierung codering codage κωδικός код коды コード 编码 代码"
)
_ENGLISH_CODE = _set("code codes coded")
_CODES_SAID = re.compile(rf"\b(?:{'|'.join(sorted(CODE))})\W{{1,3}}\d+\s?(?:[^\W\d_]{{1,4}}|\W)\s?\d", re.IGNORECASE)
SAME = _set(
    "same duplicate duplicates dup match matches matching equal equals equivalent paraphrase identical similar alike "
    f"gleich gleiche dublette duplikat identisch idéntico idêntico identico identique égal igual duplicado "
    f"{_KINDS['same']}"
)
INPUT = _set(
    "text texts html input sentence sentences content contents message messages body mail mails email comment comments "
    "review reviews utterance utterances description document documents article prompt instruction query question "
    "title subject body objet asunto passage post tweet note source src request transcript nachricht inhalt anfrage "
    "satz eingabe betreff beschreibung frage texte phrase contenu commentaire texto frase mensaje comentario testo "
    f"tekst bericht {_COLUMNS['message']} {_COLUMNS['description']}"
)
ANSWER = _set(
    "answer answers expected expect output response reply completion summary summaries translation target highlights "
    "headline abstract antwort ausgabe zusammenfassung übersetzung erwartet réponse résumé traduction respuesta "
    f"resumen traducción risposta riassunto traduzione solution solutions {_COLUMNS['answer']}"
)
# What an answer must hold: "must_include", "expected_keywords".
_HOLDS = _set(
    "must include includes included contain contains mention mentions required enthält enthalten contient contiene"
)
_KEYWORDS = _set(
    "keyword keywords phrases facts stichwörter schlüsselwörter begriffe mots palabras parole palavras"
    " 关键词 关键字 キーワード"
)
# Headings that belong to a text.
HEAD = _set("subject title betreff titel objet titre asunto título oggetto titolo assunto onderwerp temat 件名")
QUESTION = _set(f"questions {_COLUMNS['question']}")
QUERY = QUESTION | _set(
    "keyword keywords term search searched phrase topic suchbegriff begriff stichwort suche requête recherche motclé "
    "consulta búsqueda termino término ricerca zoekterm zapytanie 検索語 搜索词"
)
CONTEXT = _set("context contexts passage passages paragraph document article kontext contexte contexto")
SUMMARY = _set(
    "summary summaries highlights headline abstract tldr title zusammenfassung résumé resumen riassunto "
    f"{_KINDS['summary']}"
)
TRANSLATION = _set(f"translation target tgt trg übersetzung traduction traducción traduzione {_KINDS['translation']}")
TRANSCRIPT = _set("transcript transcription sentence text expected transkript")
DOCUMENTS = _set("documents document doc docs relevant")
SPLIT = _set("split fold partition set")
# Columns by a program's guess, by final decision, and by an earlier state: among similar columns one is the answer.
GUESSED = _set(
    "bot auto automatic automatisch automático automatique automatico ai ki ia clf classifier pred preds predicted "
    "prediction predictions guess guessed model machine maschine maschinell macchina máquina robot engine system "
    "sistema système suggested suggestion vorschlag proposed proposal rule rules regel raw mt otomatik makine робот "
    "бот авто машина 機械 自動 机翻 自动 模型 预测 算法 ocr fuzzy script gok palpite "
    f"propuesto sugerido suggéré template {_KINDS['guessed']}"
)
SETTLED = _set(
    "final majority actual resolved gold golden agreed agreement adjudicated approved corrected correct checked "
    "verified verdict true truth right human hand manual manually reviewed confirmed consensus endgültig korrigiert "
    "geprüft freigegeben richtig hand mensch manuell définitif corrigé corrigée validé vérifié humain corregido "
    "corregida revisado definitivo aprobado manual humano corretto corretta verificato poprawione poprawiona ręcznie "
    "исправлено итог ручная düzeltilmiş nihai gecorrigeerd definitief 人工 最終 修正 确认 def moderated keyed sent "
    "new neu nieuw nouveau nuevo nuovo eind geeinigt gecontroleerd gecontr nagekeken consensuada consenso consensus "
    f"karar real tatsächlich effettivo v2 2nd zweite zweitsichtung {_KINDS['settled']}"
)
BEFORE = _set(
    "old alt ancien viejo vecchio oud stary старый eski first initial initially draft prelim preliminary 旧 v0 v1 1st "
    "1er 1ra 1a prior erst erste erster erstsichtung vorläufig eerste prima primo primer première premier ilk pierwszy "
    f"{_KINDS['before']}"
)
# What people write beside an answer, such as why it is right; what a better answer was preferred to.
REMARK = _set(
    "note notes remark remarks reason reasons reasoning rationale explanation justification why comment comments memo "
    "evidence notiz anmerkung bemerkung begründung erklärung hinweis remarque commentaire raison justification nota "
    "notas observación observaciones razón porque justificación explicación observação observações justificativa "
    "motivo spiegazione motivazione osservazioni opmerking opmerkingen toelichting reden uwagi uzasadnienie komentarz "
    "комментарий примечание причина обоснование пояснение gerekçe 备注 备考 理由 说明 備考 메모 비고 이유 설명 "
    f"{_KINDS['remark']}"
)
REJECTED = _set(
    "rejected reject wrong incorrect distractor distractors negative worse worst loser bad falsch faux malo"
)
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
_FROM = _set("from aus dal dalla dallo dall dai dagli dalle uit desde из від от од з із z ze od iz από fra från ur")
# After these words, with an article and one more word between at most, a column is rather the input.
_OUT_OF = _FROM | _set("in of out im von vom de du des d dans del della en van dari")
_BETWEEN = 2
# What follows these is what something is sought for.
_FOR = _set("for to für zu zum zur pour à para per al alla voor bij till til för dla do для к için")
_SEEKS = _set("search searches searching look looks looking ask asks asking")
_PARTIR, _DE = ("partir",), _set("de du des d del do da dos das")
_ARTICLES = _set(
    "the a an der die das dem den einem einer le la les l un une el los las una il lo i gli o os as um uma de het een "
    "each every jeder jedem jeden jede jedes chaque cada ogni elke elk hver hvert varje każdego każdej"
)
_AND = _set("and und e ed y et en i и та och og or oder ou o u of lub или eller 와 과 랑 및 と 及び 和 与 與 及")
# Prepositions, articles and the like, which are seldom meant as the column of that name.
_SMALL = _FROM | _OUT_OF | _FOR | _ARTICLES | _AND | _BY
_SUBJECTS = re.compile(rf",?\s+(?:{'|'.join(sorted(_AND))})\s+|,\s+", re.IGNORECASE)
_LONGEST_LIST = 60  # words
# Names that stand in a sentence without blanks: Chinese and Japanese anywhere, Korean before an ending.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{2,}|[\uac00-\ud7af]{2,}")
_SHORTEST_STEM, _LONGEST_ENDING = 4, 3  # letters
# What a comma begins: short parts that another comma or "and" ends.
_LISTED = re.compile(
    rf"(?:,\s*[\w'-]+(?:\s+[\w'-]+){{0,2}}){{1,6}}(?:,?\s+(?:{'|'.join(sorted(_AND))})\b|,\s)", re.IGNORECASE
)
# What people call a column of the first of these names that a table has, in their own languages.
_ALIKE = tuple(tuple(without_accents(line).split()) for line in _COLUMNS.values())
# Common first letters that make two words forms of one, or the same word in a related language.
_BEGINNING, _SHORTEST = 5, 3
# Decorations that tools add to a name: "Custom field (Story Points)", "fields.story_points", "Q12_satisfaction".
_COLUMN = re.compile(
    r"(?:\b(?:columns?|col\.|fields?|spalten?|feld|colonnes?|champs?|columnas?|campos?|colonn[ae]|colunas?|kolom|kolumn\w*"
    r"|kolonn\w*|stĺp\w*|sloup\w*|столб\w*|колонк\w*|sütun\w*)|列|欄)\W{1,3}([^.;:!?\n]{1,60})",
    re.IGNORECASE,
)
_BY_PLACE = re.compile(r"column \d+")
_IN_QUOTES = re.compile(r"[\"'«„“「『]\s*([^\"'«»“”」』\n]{1,40}?)\s*[\"'»“”」』]")
# As programs write names: "which task (expectedTask)"; other words in brackets explain.
_IN_BRACKETS = re.compile(r"\(\s*(\w*(?:[^\W_]_[^\W_]|[a-z][A-Z])\w*)\s*\)")
# Most words between "column" and its name: "the column that counts is ...".
_BEFORE_NAME = 5
_IS = frozenset(
    ("is", "are", "ist", "sind", "es", "son", "est", "e", "sono", "jest", "called", "named", "heißt", "heet")
)
_BRACKETED = re.compile(r"(.*)[(\[]([^()\[\]]+)[)\]]\s*")
_PREFIXED = re.compile(r"(?:\S*\.|[A-Za-z]{0,2}\d+[_.:\s-]+)(?=[^\W\d])(.+)")


# What the tags of RIS stand for, and what people call it (https://en.wikipedia.org/wiki/RIS_(file_format)).
_TAGS_OF_RIS = {
    "TI": "title titre titel", "AB": "abstract", "AU": "author", "PY": "year",
    "KW": "keyword tags headings clés vedettes schlagwort clave chiave trefwoord", "N1": "notes",
    "T1": "title", "N2": "abstract", "A1": "author",
}  # fmt: skip


def words(name: str) -> tuple[str, ...]:
    """Return the words of a column's name, folded, without accents: "messageReçu_2" is message, recu, 2.

    A letter by itself keeps its accent: "à" is no "a".
    """
    return tuple(without_accents(word) if len(word) > 1 else word for word in spelled(name))


def spelled(name: str) -> tuple[str, ...]:
    """Return the words of a column's name, folded, as they are spelled."""
    return tuple(word.casefold() for word in _WORD.findall(_TAGS_OF_RIS.get(name, name)))


def said_in(text: str) -> frozenset[str]:
    """Return the words of a task, folded, that may name a column, with those that help desks use for the same."""
    own = frozenset(words(text)) - SOUGHT - _WRITTEN
    return own | _GROUPS if _asks_for_team(text) else own


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
    """Return words with blanks around the names of columns that Chinese, Japanese or Korean writes without."""
    own = "|".join(sorted(filter(_UNSPACED.fullmatch, columns), key=len, reverse=True))
    return re.sub(rf"(?<![\uac00-\ud7af])(?:{own})", lambda at: f" {at[0]} ", said) if own else said


def wanted_and_not(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return a task's words that may name a column: from clauses that want something, and from the other clauses."""
    held: dict[bool, set[str]] = {True: set(), False: set()}
    for clause in clauses(text):
        held[not dismisses(clause)] |= said_in(clause)
    return frozenset(held[True]), frozenset(held[False] - held[True])


def is_any(name: str, known: frozenset[str]) -> bool:
    """Return whether one of a name's words is among the known ones."""
    return not known.isdisjoint(words(name))


def is_doer(name: str) -> bool:
    """Return whether a column is named as who did something: "KeyedBy", "erfasst von"."""
    said = words(name)
    return len(said) > 1 and said[-1] in _BY


def nested(columns: Collection[str]) -> frozenset[str]:
    """Return the columns of objects that another column is called as, too: "milestone.title" beside "title"."""
    return frozenset(name for name in columns if name.rpartition(".")[2] in columns and "." in name)


def is_held(name: str) -> bool:
    """Return whether a column is named as what an answer must hold."""
    return is_any(name, _HOLDS) or (is_any(name, _KEYWORDS) and is_any(name, ANSWER))


def is_by_place(name: str) -> bool:
    """Return whether a column is called by its place, as it has no name of its own."""
    return _BY_PLACE.fullmatch(name) is not None


def are_judged_alike(one: str, other: str) -> bool:
    """Return whether two names begin with the same word for what was settled, as true_name and true_class do."""
    first, second = words(one)[:1], words(other)[:1]
    return first == second and not (SETTLED | ANSWER).isdisjoint(first)


def are_forms(one: str, other: str) -> bool:
    """Return whether two folded words are forms of one: they share most of their first letters."""
    if one[:_SHORTEST] != other[:_SHORTEST]:
        return False
    most = max(len(one), len(other))
    same = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))))
    return one == other or same >= max(_SHORTEST, min(_BEGINNING, most - 1))


def are_codes(column: str, said: str) -> bool:
    """Return whether a column's numbers stand for something, by its name or by the words: "codes 1 to 6".

    In English the last word of a name says what it is: "code quality" has grades.
    """
    own = words(column)
    is_named = bool(own) and (own[-1] in CODE or not (CODE - _ENGLISH_CODE).isdisjoint(own))
    return (is_named and not is_any(column, GRADE)) or _CODES_SAID.search(said) is not None


def is_for(said: str, column: str) -> bool | None:
    """Return whether words name a column, in some form, only as what something is for: "for each request".

    None if they do not name it. What is searched for is sought itself.
    """
    spoken, own = words(said), [word for word in words(column) if len(word) >= _SHORTEST]
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
    meant = _meant({name[0] for column in own for name in _names_of(column) if len(name) == 1})
    return in_full(_WORD.sub(lambda at: meant.get(without_accents(at[0]).casefold()) or at[0], said), own)


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
    placed = [words(at[1]) for at in _COLUMN.finditer(said)]
    in_quotes = {words(at[1]) for form in (_IN_QUOTES, _IN_BRACKETS) for at in form.finditer(said)}

    def is_called(name: tuple[str, ...]) -> bool:
        begins = (
            at == 0 or spoken[at - 1] in _IS
            for spoken in placed
            for at in range(_BEFORE_NAME + 1)
            if spoken[at : at + len(name)] == name
        )
        return bool(name) and (name in in_quotes or any(begins))

    return [column for column in columns if any(map(is_called, _names_of(column)))]


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
    own = {each for column in columns for each in _names_of(column) if each}
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
    spoken = words(_LISTED.sub(lambda at: at[0].replace(",", " and "), said))
    text, taken = " ".join(spoken), frozenset() if along else sources(said, columns)
    places = sorted(
        (first, first - less, name) for name in columns if name not in taken for _, first, less in _places(text, name)
    )
    lists, end = list[set[str]](), 0
    for first, after, name in places:
        between = {*spoken[end:first]}
        is_next = bool(lists and between & _AND) and between <= _AND | _ARTICLES
        lists.append({*(lists.pop() if is_next else ()), name})
        end = after
    return frozenset().union(*(each for each in lists if len(each) > 1 and (along in each or not along)))


def _as_named(said: str, columns: Iterable[str]) -> str:
    """Return words with those that differ from one column's only word in their ending as that: "opisu" as "opis"."""
    own = {name[0] for column in columns for name in _names_of(column) if len(name) == 1}
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

    return _WORD.sub(one, said)


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
    spoken, written = words(said), _WORD.findall(said)
    return [
        (not _OUT_OF.isdisjoint(spoken[max(0, at - 1 - _BETWEEN) : at]), at, -len(name))
        for name in _names_of(column)
        for at in range(len(spoken))
        if not SOUGHT.issuperset(name)
        and spoken[at : at + len(name)] == name
        and (not _SMALL.issuperset(name) or (written[at] == column and not column.islower()))
    ]


def without_brackets(column: str) -> tuple[str, str]:
    """Return a column's name without what brackets at its end hold, and that; "" if there are none."""
    at = _BRACKETED.fullmatch(column)
    return (at[1], at[2]) if at is not None and words(at[1]) else (column, "")


def _names_of(column: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of a column's name, also without a tool's decoration; one word in brackets is a unit."""
    yield words(column)
    name, bracketed = without_brackets(column)
    if bracketed:
        yield from filter(None, (words(name), words(bracketed) if len(words(bracketed)) > 1 else ()))
    if (at := _PREFIXED.fullmatch(column)) is not None:
        yield words(at[1])


ANCHOR = _set("anchor query question text sentence")
CLOSER = _set("closer positive pos similar")
FARTHER = _set("farther negative neg dissimilar")
WORDS = _set("token tokens word words wörter mots palabras parole")


def as_fields(columns: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return columns by names of fields: the last part of a nested one, "prediction.date", if no other has that."""
    short = [name.rpartition(".")[2].strip() or name for name in columns]
    return tuple((end if short.count(end) == 1 else name, name) for end, name in zip(short, columns, strict=True))
