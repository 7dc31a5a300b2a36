"""Vocabulary of accuracy demands, by meaning, in about twenty languages.

An entry matches all words that begin with it, or only itself in scripts without blanks between words.
"""

# ruff: noqa: RUF001  letters of other scripts

import re
import unicodedata

# An entry that ends with a full stop matches only itself.
_RIGHT = (
    "right correct accura success reliab precisi précisi hit. recall. score. f1. ndcg. mrr. richtig korrekt genau "
    "treffer zutreff zuverlässig stimm sitzen brauchbar usab utilisab brugbar användbar bruikbaar juste exact réponse "
    "fiab acier acert bien. buen corret certo. certa. certos. certas. giust esatt azzecc goed. juist nauwkeurig "
    "popraw trafn dokładn dobrz správn přesn dobře rätt riktig rigtig träffsäker oikei tarkkuu helyes pontos corect "
    "doğru isabet верно. верный. верные. правильн точн вірн σωστ ακρίβ benar tepat akurat đúng נכון صحيح دقة सही "
    "agreement. übereinstimm concordan coincidencia overeenstemming zgodnoś совпадени درست "
    "jó. réussi acurác atina. atine. acierta. becca. becchi."
)
_WRONG = (
    "wrong error mistake incorrect fail misclassif fix. fixes. fixing. redo. rework nachbesser korrigier retouch "
    "falsch fehler daneben. erreur faux. fausse raté equivoc fallo falla. falle. fallan fallar errad errar. erro. "
    "erros. errore sbagli fout błęd błąd źle. zła. złe. zły. myli. mylić. chyb splé splet "
    "špatn fel. felaktig fejl forkert feil väär virhe hibá rossz greșe yanlış hata "
    "ошиб неправ неверн помил λάθ salah. sai. שגוי خطأ गलत "
    "erróne mistaken. plante. plantent. salir_mal. sale_mal. salen_mal. salga_mal. wpad pomył mag_mis. "
    "mogen_mis. gaat_mis."
)
# Missing something that is there: about a label's own rate.
_MISSED = (
    "miss. misses. missed. missing_one missing_any missing_a_single missing_even overlook überseh verpass entgeh "
    "manqu. manquer échapp sfugg pasar_por_alto escap gemist missen. missa. missar. missas. overse przeocz pomin "
    "přehléd kaçır пропус terlewat slip. slips glip. glippen durchrutsch "
    "loupe. loupent. louper."
)
_FOUND = (
    "find. finds. found. recogni identif erkenn erkannt finden gefunden rauskomm herauskomm trouv retrouv reconn "
    "encontr trova trovat riconosc vind gevonden herken hitta hittas finde znale znajd najít najde bul. bulsun "
    "bulması найти нашл распозна löyt tunnist megtalál ditemukan pillar. pillarl"
)
# What is caught is the rarer of two labels.
_CAUGHT = "catch caught spot. spots. detect flag détect repér upptäck oppdag wykry odhal yakala"
_REST = (
    "rest. reste other remain übrig andere autre demás otros otras restante altri altre resto outro overige annan "
    "andra øvrig sonstig pozosta reszt ostatní zbyt diğer остальн інш muut loput többi lainnya"
)
# Such a rate is for all inputs, whichever labels are named before it.
_OVERALL = (
    "overall in_total altogether all_in_all on_the_whole across_the_board insgesamt gesamt im_ganzen alles_in_allem "
    "au_total dans_l'ensemble globale en_tout. au_global en_total. en_conjunto en_general in_totale complessiv "
    "nel_complesso in_generale no_total no_geral em_geral ao_todo in_totaal al_met_al in_het_geheel total. totalt. "
    "sammanlagt sammantaget överlag i_alt. samlet łączni ogółem w_sumie ogólni celkem celkov в_целом в_общем "
    "загалом в_цілому toplamda genel_olarak yhteensä kokonaisuu összesen összesség în_total per_total în_ansamblu "
    "συνολικ secara_keseluruhan keseluruhan tổng_thể בסך_הכל إجمال कुल."
)
_AT_LEAST = (
    "at least|more than|over|above|min(?:imum|destens|imal|im[oae]|d)?\\.?|not under|not below"
    "|around|about|roughly|über|mehr als|wenigstens"
    "|etwa|ca\\.?|au moins|plus de|al menos|por lo menos|más de|pelo menos|no mínimo|mais de|almeno|come minimo"
    "|più del(?:l['’])?|più di|minstens|ten ?minste|meer dan|co najmniej|przynajmniej|alespoň|aspoň|nejméně|minst"
    "|mindst|ainakin|vähintään|legalább|cel puțin|cel puţin|en az|не менее|не меньше|минимум|хотя бы|щонайменше"
    "|не менше|τουλάχιστον|setidaknya|minimal|ít nhất|लפחות|לפחות|على الأقل|कम से कम"
)
_AT_MOST = (
    "at most|at the most|at worst|im schlimmsten fall|au pire|pas plus de|pas plus d['’]"
    "|a lo peor|nel peggiore dei casi|no pior caso"
    "|no more than|not more than|less than|fewer than|under|below|max(?:imum|imal|imo)?\\.?"
    "|up to|höchstens|unter|weniger als|au plus|au maximum|moins de|como máximo|como mucho|a lo sumo|menos de"
    "|no máximo|(?:al )?massimo(?: di)?|meno del|meno di|hoogstens|maximaal|ten hoogste|co najwyżej|najwyżej|nanejvýš"
    "|maximálně"
    "|högst|højst|høyst|maks(?:imal)?\\.?|enintään|korkeintaan|legfeljebb|cel mult|en fazla|не более|не больше|максимум"
    "|hooguit|щонайбільше|не більше|το πολύ|paling banyak|tối đa|לכל היותר|على الأكثر"
)
_UNSPACED_LEAST = "至少|少なくとも|最低|최소"
_UNSPACED_MOST = "最多|多くても|多くとも|최대"
_UNSPACED_RIGHT = "正解|正し|正確|精度|合って|当た|正确|准确|準確|对|對|一致|정확|맞"
_UNSPACED_WRONG = "間違|誤り|誤答|错(?!过)|錯|틀리|틀려|틀린|오류"


def _stems(words: str, unspaced: str) -> re.Pattern[str]:
    plain = (sign for sign in unicodedata.normalize("NFKD", words) if not unicodedata.combining(sign))
    words = f"{words} {''.join(plain)}"  # accents are often left out
    stems = "|".join(
        word.removesuffix(".").replace("_", r"\s+") + (r"\b" if word.endswith(".") else r"\w*")
        for word in words.split()
    )
    return re.compile(rf"\b(?:{stems})|{unspaced}", re.IGNORECASE)


RIGHT = _stems(_RIGHT, _UNSPACED_RIGHT)
WRONG = _stems(_WRONG, _UNSPACED_WRONG)
REST = _stems(_REST, "残り|其他|其余|나머지")
OVERALL = _stems(_OVERALL, "全体|総合|总体|整体|總體|整體|전체")
MISSED, CAUGHT = _stems(_MISSED, "見逃|見落|漏"), _stems(_CAUGHT, "検出")
FOUND = _stems(f"{_FOUND} {_CAUGHT}", "見つけ|検出|拾|找出|찾")
SAYS_LEAST = re.compile(rf"(?:(?<!\w)(?:{_AT_LEAST})|{_UNSPACED_LEAST})\s*$", re.IGNORECASE)
SAYS_AT_LEAST = re.compile(rf"(?<!\w)(?:{_AT_LEAST})(?!\w)", re.IGNORECASE)
AT_LEAST = re.compile(
    rf"(?:(?<!\w)(?:{_AT_LEAST}|of|is|be|von|is at|reach(?:es)?|targets?:?)|{_UNSPACED_LEAST}|>=?|≥|:|=|~)\s*$",
    re.IGNORECASE,
)
AT_MOST = re.compile(rf"(?:(?<!\w)(?:{_AT_MOST})|{_UNSPACED_MOST}|<=?|≤)\s*$", re.IGNORECASE)
# Accuracy without a rate.
NEARLY = _stems(
    "near hardly almost virtually close_to pretty_much fast. nahezu beinahe presque quasi. casi. quase. bijna "
    "vrijwel prawie niemal почти майже neredeyse hemen_hemen nästan næsten nesten melkein lähes majdnem téměř skoro. "
    "aproape hampir σχεδόν",
    "ほぼ|ほとんど|几乎|幾乎|거의",
)
PERFECT = _stems(
    "perfect perfekt parfait perfett perfeit flawless error-free fehlerfrei impecca foutloos volmaakt doskona "
    "idealn bezbłędn идеальн безошибочн ідеальн mükemmel kusursuz felfri fejlfri täydelli virheettö tökéletes dokonal "
    "bezchybn sempurna τέλει",
    "完璧|完美|완벽",
)
ALWAYS = _stems(
    "always never every_time each_time ever immer nie. toujours jamais siempre nunca sempre mai. altijd nooit zawsze "
    "nigdy всегда никогда завжди her_zaman alltid altid aldrig aldri aina mindig vždy mereu selalu πάντα",
    "いつも|总是|항상",
)
OR_MORE = re.compile(
    r"\s*(?:\+|(?:or|and) (?:more|better|higher|above|up)\b|(?:oder|und) (?:mehr|besser|höher)\b|aufwärts"
    r"|(?:ou|et) (?:plus|mieux)\b"
    r"|o (?:más|mejor|più|meglio)\b|ou (?:mais|melhor)\b|of (?:meer|beter|hoger)\b|(?:lub|albo|i) (?:więcej|lepiej)\b"
    r"|и (?:выше|более|больше|лучше)|以上|이상)",
    re.IGNORECASE,
)
GOAL = _stems(
    "goal target aim. aims. satisf threshold floor. minimum ziel zufried schwelle untergrenze objectif seuil objetivo "
    "llegar umbral obiettivo aspett soglia limiar meta. doel cel. celem próg hedef цель порог mål",
    "目標|目标|목표",
)
NEEDED = _stems(
    "want need should must require have_to has_to got_to brauch muss müssen soll. sollen sollte will. wollen hätte "
    "möchte doit doivent faut voudr veux. besoin debe. deben necesit quiero quisiera tiene_que hay_que deve. devono "
    "serve. servono vorrei devem precis quero moet moeten wil. willen musi muszą powinn chcę нужно надо долж хочу "
    "lazım gerek istiyor ska. skal måste musí",
    "欲しい|ほしい|ください|必要|要求|必须|要",
)
PERMITTED = _stems(
    "may. can. could. allowed ok. okay. fine. tolera accept. acceptable darf dürfen erlaubt ok. geht. tolèr accepte "
    "puede. pueden. può. possono. pode. podem. mag. mogen. może. mogą. можно могут kan.",
    "可以|よい|構わ|かまわ|괜찮",
)
# What is the case today; "better than today's 85" is a bar all the same.
TODAY = _stems(
    "today currently now. nowadays present. existing. old. so_far. until_now. heute. heutig bisher derzeit aktuell "
    "jetzt. jetzig alte. alten. altes. aujourd'hui actuel ancien. ancienne. jusqu'ici hoy. ahora. actual antigu viejo. "
    "vieja. hasta_ahora oggi. adesso. attual vecchi finora. hoje. agora. atual antigo. antiga. até_agora teraz dzisiaj "
    "dziś obecn dotychczas star[ayeio]. dotąd vandaag nu. huidig oude. tot_nu_toe сегодня сейчас нынешн стар[аыо] "
    "пока. bugün şu_an şimdi eski. mevcut idag i_dag nuvarande nuværende nåværende gammel dnes nyní současn",
    "今|現在|现在|目前|지금|현재",
)
BETTER = _stems(
    "better beat. beats. exceed. surpass. outperform. improve. besser übertreff schlagen. mieux dépass surpass. "
    "mejor. superar. supere. mejorar. meglio superi. miglior melhor lepiej lepsz przebi beter overtreff лучше превзо "
    "daha_iyi bättre bedre lepší lépe",
    "超える|超过|强|好于|上回|나은",
)
USUALLY = _stems(
    "most_of_the_time mostly usually meist la_plupart_du_temps le_plus_souvent la_mayoría_de_las_veces di_solito "
    "il_più_delle_volte na_maioria_das_vezes meestal przeważnie zazwyczaj обычно в_большинстве genellikle çoğunlukla "
    "oftast för_det_mesta for_det_meste yleensä většinou általában biasanya",
    "たいてい|大多|대부분",
)
AS_PEOPLE = _stems(
    "as_good_as as_accurate_as human-level so_gut_wie_ein aussi_bien_qu'un tan_bien_como_un come_un_uman como_um_human "
    "als_een_mens jak_człowiek как_человек как_эксперт insan_kadar som_en_människa som_et_menneske",
    "人間並み|像人一样|사람만큼",
)
# Units of time in minutes, and the word for half of one: "halvtime", "media hora".
TIMES = {
    1.0: r"min(?:[uú]t\w*)?|perc(?:ek|et)?|dakika\w*|мин\w*|хв\w*|λεπτ\w*|分钟?|분",
    60.0: r"h|hours?|hrs?|std|stunden?|heures?|hor[aă]s?|or[aăeę]|uu?r(?:en)?|tim(?:e|en|er|me|mar|man)?"
    r"|tun(?:ti|tia|nin?)|godzin\w*|hodin\w*|час\w*|годин\w*|saat\w*|ór[aá]\w*|jam|ώρ\w+|小时|時間|시간",
    1440.0: r"days?|tage?n?|jours?|d[ií]as?|giorn[oi]|da(?:g|gar|ger|gen)|dni|päiv\w+|nap\w*|д(?:ень|ня|ней|нів)"
    r"|gün\w*",
}
HALF = "half|hal[bfv]\\w{0,2}|demi|medi[ao]|mezz[ao]?|meia|puoli|pół|půl|пол|пів|yarım|fél|jumătate|setengah"
