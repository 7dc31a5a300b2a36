"""Names of languages, and the families of codes that mean one language."""

from collections.abc import Collection
from typing import Final

_NAMES_PAIRS: Final = (
    "en=English de=German fr=French es=Spanish it=Italian pt=Portuguese nl=Dutch pl=Polish ru=Russian "
    "uk=Ukrainian cs=Czech sk=Slovak sl=Slovenian hr=Croatian sr=Serbian bs=Bosnian mk=Macedonian "
    "bg=Bulgarian ro=Romanian hu=Hungarian fi=Finnish sv=Swedish da=Danish no=Norwegian is=Icelandic "
    "et=Estonian lv=Latvian lt=Lithuanian el=Greek tr=Turkish ar=Arabic he=Hebrew fa=Persian ur=Urdu "
    "hi=Hindi bn=Bengali ta=Tamil te=Telugu ml=Malayalam kn=Kannada mr=Marathi gu=Gujarati pa=Punjabi "
    "ne=Nepali si=Sinhala zh=Chinese ja=Japanese ko=Korean vi=Vietnamese th=Thai id=Indonesian ms=Malay "
    "tl=Tagalog sw=Swahili am=Amharic ha=Hausa yo=Yoruba ig=Igbo zu=Zulu xh=Xhosa af=Afrikaans ca=Catalan "
    "eu=Basque gl=Galician cy=Welsh ga=Irish la=Latin eo=Esperanto sq=Albanian hy=Armenian ka=Georgian "
    "az=Azerbaijani kk=Kazakh uz=Uzbek mn=Mongolian my=Burmese km=Khmer lo=Lao mt=Maltese "
    "lb=Luxembourgish be=Belarusian so=Somali rw=Kinyarwanda ky=Kyrgyz tg=Tajik ps=Pashto jv=Javanese "
    "su=Sundanese mg=Malagasy or=Odia as=Assamese sa=Sanskrit br=Breton fo=Faroese fy=Frisian gd=Gaelic rm=Romansh "
    "oc=Occitan co=Corsican sc=Sardinian yi=Yiddish tt=Tatar ba=Bashkir cv=Chuvash ce=Chechen os=Ossetian tk=Turkmen "
    "ug=Uyghur bo=Tibetan dv=Dhivehi dz=Dzongkha sd=Sindhi ks=Kashmiri ku=Kurdish qu=Quechua ay=Aymara gn=Guarani "
    "ht=Haitian kl=Greenlandic iu=Inuktitut mi=Maori sm=Samoan to=Tongan fj=Fijian ty=Tahitian haw=Hawaiian "
    "ceb=Cebuano ilo=Ilocano bho=Bhojpuri mai=Maithili wo=Wolof bm=Bambara om=Oromo ti=Tigrinya sn=Shona st=Sesotho "
    "tn=Tswana ts=Tsonga ny=Chichewa ln=Lingala lg=Luganda ki=Kikuyu rn=Kirundi tw=Twi "
)
NAMES: Final[dict[str, str]] = dict(pair.split("=", 1) for pair in _NAMES_PAIRS.split())

# Three-letter codes (ISO 639-2 and -3) of languages that have a two-letter one; macro-languages fold in.
_THREE_PAIRS: Final = (
    "eng=en deu=de ger=de fra=fr fre=fr spa=es ita=it por=pt nld=nl dut=nl pol=pl rus=ru ukr=uk ces=cs "
    "cze=cs slk=sk slv=sl hrv=hr srp=sr bos=bs mkd=mk bul=bg ron=ro rum=ro hun=hu fin=fi swe=sv dan=da "
    "nor=no nob=no nno=no nb=no nn=no isl=is est=et lav=lv lvs=lv lit=lt ell=el gre=el tur=tr ara=ar "
    "arb=ar heb=he iw=he fas=fa pes=fa per=fa urd=ur hin=hi ben=bn tam=ta tel=te mal=ml kan=kn mar=mr "
    "guj=gu pan=pa nep=ne npi=ne sin=si zho=zh cmn=zh chi=zh jpn=ja kor=ko vie=vi tha=th ind=id msa=ms "
    "zsm=ms may=ms tgl=tl fil=tl swa=sw swh=sw amh=am hau=ha yor=yo ibo=ig zul=zu xho=xh afr=af cat=ca "
    "eus=eu baq=eu glg=gl cym=cy wel=cy gle=ga lat=la epo=eo sqi=sq als=sq alb=sq hye=hy arm=hy kat=ka "
    "geo=ka aze=az azj=az kaz=kk uzb=uz uzn=uz mon=mn khk=mn mya=my bur=my khm=km lao=lo mlt=mt ltz=lb "
    "bel=be som=so kin=rw kir=ky tgk=tg pus=ps pbt=ps jav=jv sun=su mlg=mg plt=mg ory=or ori=or asm=as "
    "san=sa bre=br fao=fo fry=fy gla=gd roh=rm oci=oc cos=co srd=sc yid=yi tat=tt bak=ba chv=cv che=ce oss=os tuk=tk "
    "uig=ug bod=bo tib=bo div=dv dzo=dz snd=sd kas=ks kur=ku kmr=ku ckb=ku que=qu quz=qu quy=qu aym=ay ayr=ay grn=gn "
    "hat=ht kal=kl iku=iu mri=mi mao=mi smo=sm ton=to fij=fj tah=ty wol=wo bam=bm orm=om gaz=om tir=ti sna=sn sot=st "
    "tsn=tn tso=ts nya=ny lin=ln lug=lg kik=ki run=rn twi=tw "
)
_THREE: Final[dict[str, str]] = dict(pair.split("=", 1) for pair in _THREE_PAIRS.split())


# The other codes of ISO 639-1, with the withdrawn "sh".
_RARER: Final = (
    "aa ab ae ak an av bi ch cr cu ee ff gv ho hz ia ie ii ik io kg kj kr kv kw li lu mh na nd ng nr nv oj pi se sg sh "
    "ss ve vo wa za"
)
_TWO: Final = frozenset(NAMES) | frozenset(_RARER.split())
# Withdrawn codes, and country codes used for languages.
_MEANT: Final[dict[str, str]] = {
    "iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro", "jp": "ja", "cn": "zh", "cz": "cs", "ua": "uk",
    "dk": "da",
}  # fmt: skip
# More languages than any translator lists by name.
_MOST: Final = 250
# Three-letter Hub tags that name programming languages, or no language.
_NO_LANGUAGES: Final = frozenset(
    {
        "php", "sql", "css", "xml", "awk", "vba", "llm", "gpt", "tts", "asr", "ocr", "nlp", "rag", "moe", "sft", "dpo",
        "vlm", "vla", "mlx",
    }
)  # fmt: skip


def code(raw: str) -> str | None:
    """The catalog's code for a language tag ("eng-Latn", "en_US", "cmn-Hans", "german"), or ``None``.

    Codes of two letters are those of ISO 639-1, longer ones stay as they are; regions and scripts are dropped.
    """
    text = raw.strip().lower().replace("_", "-")
    if text in ("multilingual", "multi", "mul", "xx"):
        return "multilingual"
    head = text.split("-")[0]
    head = _MEANT.get(head) or _THREE.get(head, head)
    if head in _TWO or (len(head) == 3 and head.isascii() and head.isalpha() and head not in _NO_LANGUAGES):  # noqa: PLR2004
        return head
    return _BY_NAME.get(text)


def codes(raw: "list[str] | tuple[str, ...]") -> tuple[str, ...]:
    """Known codes in order, each once; of hundreds only those with a name here, and "multilingual"."""
    found = tuple(dict.fromkeys(c for r in raw if (c := code(r)) is not None))
    if len(found) <= _MOST:
        return found
    return ("multilingual", *(c for c in found if c in NAMES))


def is_open(languages: Collection[str]) -> bool:
    """Whether a card says "multilingual" and names no language, or only English."""
    return "multilingual" in languages and {"multilingual", "en"}.issuperset(languages)


def widened(some: tuple[str, ...], by: tuple[str, ...]) -> tuple[str, ...]:
    """Add the languages ``by`` to ``some`` if they include all of these; "multilingual" includes every language."""
    if set(some) < set(by) or ("multilingual" in by and "multilingual" not in some):
        return tuple(dict.fromkeys((*by, *some)))
    return some


_BY_NAME: Final[dict[str, str]] = {name.lower(): c for c, name in NAMES.items()} | {
    "mandarin": "zh", "farsi": "fa", "flemish": "nl", "castilian": "es", "hebrew": "he", "filipino": "tl",
    "brazilian": "pt", "bahasa indonesia": "id", "slovene": "sl", "bangla": "bn", "cantonese": "zh",
    # Languages' own names.
    "deutsch": "de", "deutsche": "de", "deutschen": "de", "deutscher": "de", "deutsches": "de", "englisch": "en",
    "englische": "en", "englischen": "en", "französisch": "fr", "französische": "fr", "français": "fr",
    "française": "fr", "françaises": "fr", "anglais": "en", "español": "es", "española": "es", "españoles": "es",
    "inglés": "en", "italiano": "it", "italiana": "it", "italiani": "it", "inglese": "en", "português": "pt",
    "portuguesa": "pt", "nederlands": "nl", "nederlandse": "nl", "polski": "pl", "polskie": "pl", "русский": "ru",
    "русские": "ru", "українська": "uk", "türkçe": "tr", "svenska": "sv", "中文": "zh", "日本語": "ja", "한국어": "ko",
}  # fmt: skip


def by_name(word: str) -> str | None:
    """The code of a language's English name, or ``None``."""
    return _BY_NAME.get(word.lower())
