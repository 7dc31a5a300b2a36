"""Whether words say that no text has a label yet."""

import re

from advisor.interview.text import vocabulary as say

_I, _SENTENCE = re.IGNORECASE, re.compile(r"[.;!?\n。]+")
# Phrases that say that no text is labelled yet: a negation shortly before "labelled" or "labels".
_LABELLED = (
    r"labell?ed|annotated|tagged|gelabelt\w*|beschriftet\w*|annotiert\w*|etikettiert\w*|étiquet[ée]\w*|labellis[ée]\w*"
    r"|annot[ée]\w*|etiquetad\w*|anotad\w*|rotulad\w*|etichettat\w*|annotat[aeio]|gelabeld\w*|geannoteerd\w*"
    r"|oznaczon\w*|otagowan\w*|размечен\w*|розмічен\w*|etiketterad\w*|märkt\w*|mærket|merket|označen\w*"
)
_LABELS = (
    r"labels?|annotations?|tags|etiketten|beschriftung\w*|étiquettes?|etiquetas?|rótulos?|etichette|annotazioni"
    r"|etykiet\w*|меток|разметки|міток|etiketter|štítk\w*"
)
_BUT = r"(?!(?:as|consist|correct|proper|full|well|all|every|alle|richtig|tou|tod)\w*)"
_YET = r"(?:\W+(?:d|de|any|yet|noch|encore|aún|ancora|ainda|nog|jeszcze|ещё|еще))*"
_NONE_YET = re.compile(
    rf"\b(?:un|on|ej|ne|nie|не|u)-?(?:{_LABELLED})\b"
    rf"|\b(?:{say.NONE})\b(?:\W+{_BUT}[^\W\d_]+){{0,4}}?\W+(?:{_LABELLED})\b(?!\s+(?:as|als|comme|como|come)\b)"
    rf"|\b(?:{say.NONE}){_YET}\W+(?:{_LABELS})\b(?!\s+(?:other|but|besides|than|outside|außer|sauf|except))"
    rf"|\b(?:nobody|no one|niemand|personne|nadie|ningu[eé]m|nessuno|nikt|ingen)\b(?:\W+{_BUT}[^\W\d_]+){{0,4}}?\W+"
    r"(?:filled|ausgefüllt|rempli\w*|ingevuld|rellen\w+|preench\w+|compilat\w+|wypełnił\w*|fyllt)\b"
    r"|\betiket(?:siz|lenmemiş|lenmedi)\w*|\betiketi? yok"
    r"|ラベル(?:が|は|も)?(?:まだ)?(?:ない|無い|なし|ありません|付いてい?ない|ついてい?ない)"
    r"|未(?:ラベル|标注|標註|标记)|(?:没有|沒有|没|还没|無|无)(?:标签|标注|標籤)|라벨(?:이|링)?\s*(?:없|안|되지)",
    _I,
)
# Phrases about some of the texts, or about what to leave out.
_OF_SOME = re.compile(
    r"\b(?:rest|others?|remaining|some|half|many|most|part|partly|few|if|ignore|skip|drop|leave|except|übrigen|einige|"
    r"manche|teil\w*|hälfte|wenn|falls|certains?|partie|moitié|algun\w*|otros|parte|mitad|alcun\w*|metà|sommige|deel)\b|\d",
    _I,
)


def none_yet(text: str) -> str:
    """Return the words that say that nothing is labelled yet; "" if there are none or they are about a part."""
    for at in _NONE_YET.finditer(text):
        start = max((each.end() for each in _SENTENCE.finditer(text, 0, at.start())), default=0)
        end = next((each.start() for each in _SENTENCE.finditer(text, at.end())), len(text))
        start = max(start, text.rfind(",", start, at.start()) + 1)
        comma = text.find(",", at.end(), end)
        if not _OF_SOME.search(text, start, end if comma < 0 else comma):
            return at[0]
    return ""
