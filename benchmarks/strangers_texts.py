"""Texts of strangers' files: short invented texts by label, in some languages, combined at random."""

import random
from collections.abc import Sequence

# Texts by label, combined with an opening and an end, by language.
SUPPORT_DE = {
    "Buchhaltung": (
        "die Rechnung vom März ist doppelt abgebucht worden", "auf der Rechnung fehlt unsere Umsatzsteuernummer",
        "ich brauche eine Gutschrift über 49,90 Euro", "die Lastschrift ist zurückgegangen, wie kann ich überweisen",
        "bitte die Rechnungsadresse auf die neue Firma ändern", "ich habe eine Mahnung erhalten, obwohl bezahlt ist",
        "wann kommt die Erstattung für den stornierten Auftrag", "der Rabatt wurde nicht abgezogen",
    ),
    "Technik": (
        "nach dem Update startet das Programm nicht mehr", "die App stürzt beim Anmelden ab",
        "der Drucker wird im Netz nicht gefunden", "ich bekomme beim Export Fehler 504",
        "das Passwort lässt sich nicht zurücksetzen", "der Bildschirm bleibt nach dem Einschalten schwarz",
        "die Synchronisation hängt seit gestern", "der Import der Kontakte bricht mit einer Fehlermeldung ab",
    ),
    "Versand": (
        "das Paket ist seit einer Woche nicht angekommen", "die Sendung wurde an den Nachbarn geliefert",
        "in der Lieferung fehlte ein Karton", "kann ich die Lieferadresse noch ändern",
        "die Sendungsverfolgung zeigt nichts an", "der Karton kam nass und beschädigt an",
        "wie lange dauert der Versand nach Österreich", "der Bote hat nicht geklingelt, das Paket ging zurück",
    ),
}  # fmt: skip
AROUND_DE = (
    ("Hallo,", "Guten Tag,", "Sehr geehrte Damen und Herren,", "Moin,", "Liebes Team,", ""),
    ("Danke!", "Mit freundlichen Grüßen, K. Böhm", "Bitte um Rückruf.", "Es eilt.", "Viele Grüße aus Köln", ""),
)
SHOP_FR = {
    "positif": (
        "la robe est magnifique et la taille est parfaite", "livraison rapide, très satisfaite de mon achat",
        "excellent rapport qualité-prix, je recommande", "le vendeur a été adorable et très réactif",
        "le café est délicieux, toute la famille l'adore", "produit conforme, je suis ravi",
        "une très belle surprise, la matière est superbe", "je rachèterai les yeux fermés",
    ),
    "négatif": (
        "le colis est arrivé cassé, je suis très déçue", "la couleur n'a rien à voir avec la photo",
        "le bouton s'est détaché au bout de deux jours", "service client injoignable, c'est honteux",
        "le goût est affreux, j'ai tout jeté", "taille beaucoup trop petite et retour payant",
        "jamais reçu, on me refuse le remboursement", "de la camelote, passez votre chemin",
    ),
}  # fmt: skip
AROUND_FR = (
    ("Bonjour,", "Franchement,", "Après deux semaines,", "Commande de mai :", "Mon avis :", ""),
    ("Voilà.", "Merci.", "À bon entendeur.", "C'est dit !", "Cordialement", ""),
)
CITY_JA = {
    "ごみ": (
        "粗大ごみの出し方を教えてください", "燃えるごみの収集日はいつですか", "ごみ袋が破れてカラスに荒らされています",
        "古いテレビはどこに捨てればいいですか", "ペットボトルの分別がわかりません", "収集車が今日は来ませんでした",
    ),
    "税金": (
        "住民税の納付書をなくしました", "固定資産税の計算がおかしいと思います", "納税証明書は郵送でもらえますか",
        "税金を分割で払えますか", "軽自動車税の通知が届きません", "口座振替の手続きを知りたいです",
    ),
    "保育": (
        "保育園の空き状況を知りたいです", "入園の申し込みはいつまでですか", "保育料の減免は受けられますか",
        "子どもが熱を出した時の預かり先はありますか",
        "一時保育を利用したいのですが", "学童保育の時間を延ばしてほしいです",
    ),
}  # fmt: skip
AROUND_JA = (
    ("こんにちは。", "お世話になります。", "初めて連絡します。", "質問です。", "すみません、", ""),
    ("よろしくお願いします。", "急いでいます。", "電話で返事をください。", "助けてください。", "以上です。", ""),
)
DESK_EN = {
    "hardware": (
        "my laptop will not charge any more", "the second monitor flickers when I move the cable",
        "the office printer on floor 3 jams all the time", "a key fell off my keyboard",
        "the headset microphone is dead", "my docking station does not see the mouse",
        "the projector in room Oslo shows a pink picture", "the battery of my phone is swollen",
    ),
    "access": (
        "I forgot my password and the reset link has expired", "please add the new intern to the finance group",
        "my account is locked after three wrong tries", "I cannot open the shared drive since my transfer",
        "the VPN refuses my token", "can you give me admin rights for the test server",
        "two factor codes never reach my phone", "my badge does not open the lab door",
    ),
    "software": (
        "Excel crashes when I open the budget file", "please install the latest version of the drawing tool",
        "Outlook shows no mails since this morning", "the time tracking page gives an error 500",
        "the licence of the photo editor ran out", "the update keeps asking to restart",
        "Teams has no sound in meetings", "the CRM is terribly slow today",
    ),
}  # fmt: skip
AROUND_EN = (
    ("Hi,", "Hello team,", "Good morning,", "Sorry to bother you,", "Urgent:", "FYI", ""),
    ("Thanks!", "Best, Amir", "Please call me on 4471.", "I have a demo at noon.", "No rush.", "Cheers", ""),
)
REVIEW_ES = {
    "queja": (
        "la habitación olía a humedad y nadie vino", "nos cobraron dos veces el desayuno",
        "el aire acondicionado no funcionaba", "el personal de recepción fue muy grosero",
        "había ruido de obras toda la noche", "la piscina estaba cerrada sin aviso",
    ),
    "elogio": (
        "el desayuno es buenísimo y variado", "unas vistas al mar preciosas", "el personal nos trató de maravilla",
        "habitación limpia y cama comodísima", "la mejor piscina de la costa", "volveremos sin duda el próximo verano",
    ),
    "pregunta": (
        "¿se puede llegar antes de las doce?", "¿admiten perros pequeños?", "¿hay aparcamiento gratuito?",
        "¿cuánto cuesta una cama supletoria?", "¿el wifi llega a las habitaciones?", "¿tienen menú para celíacos?",
    ),
}  # fmt: skip
AROUND_ES = (
    ("Hola,", "Buenas tardes,", "Estimados:", "Estuvimos en julio.", "Una cosa:", ""),
    ("Gracias", "Un saludo, Marta", "Espero respuesta.", "Habitación 214", "Familia Ruiz", ""),
)
PLACES = ("Lyon", "Porto", "Leeds", "Graz", "Turin", "Basel", "Malmö", "Ghent", "Cork", "Brno", "Split", "Vigo")
PEOPLE = ("Dana", "Ola", "Priya", "Tomás", "Wen", "Ruth", "Kofi", "Jana", "Luca", "Noor", "Erik", "Mei")


def drawing(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  texts, no secrets


def labelled(
    by_label: dict[str, Sequence[str]], around: tuple[Sequence[str], Sequence[str]], count: int, seed: int
) -> list[tuple[str, str]]:
    """Return distinct (text, label) pairs in random order, labels about even; openings and ends are ``around``."""
    drawn, found = drawing(seed), {}
    every = [(core, label) for label, cores in by_label.items() for core in cores]
    while len(found) < count:
        drawn.shuffle(every)
        for core, label in every:
            opening, end = drawn.choice(around[0]), drawn.choice(around[1])
            found[" ".join(filter(None, (opening, core + ("" if core[-1] in "?." else "."), end)))] = label
    return list(found.items())[:count]
