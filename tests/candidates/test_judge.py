"""Judgement of models from the catalog."""

from dataclasses import replace
from pathlib import Path

import pytest

from advisor.candidates.barred import FOR_RESEARCH, NOT_ALLOWED
from advisor.candidates.build import LeftOut
from advisor.candidates.found import not_loaded
from advisor.candidates.judge import judge
from advisor.candidates.needs import needs_of, stems
from advisor.candidates.uses import Use
from advisor.task.examples import load_examples
from advisor.task.model import Task
from advisor.workflow.pipeline import nothing
from catalog import Catalog, ModelCard, open_catalog
from tests.candidates.test_remote import measured
from tests.tables import for_each


@pytest.mark.parametrize(
    ("license_id", "ability", "allowed", "barred"),
    [
        ("cc-by-nc-nd-4.0", "compare", [], FOR_RESEARCH),
        ("cc-by-nc-4.0", "compare", [], FOR_RESEARCH),
        ("cc-by-nc-4.0", "compare", ["any"], None),
        ("mit", "compare", [], None),
        ("mit", "compare", ["apache-2.0"], NOT_ALLOWED),
        ("mit", "compare", ["MIT", "apache-2.0"], None),
        (None, "compare", [], None),
        ("cc-by-nc-4.0", "rewrite", [], None),
    ],
)
def test_non_commercial_models_are_tried_if_nothing_free_is_as_good(
    tmp_path: Path, license_id: str | None, ability: str, allowed: list[str], barred: str | None
) -> None:
    """There are many free taggers and encoders; some of the best translators are not free."""
    card = ModelCard(
        id="org/names-tagger",
        family="token-classification",
        license=license_id,
        downloads=90_000,
        languages=("en",),
        library="sentence-transformers",
    )
    with measured(tmp_path, "token-classification", card) as made:
        constraints = made.task.constraints.model_copy(update={"license": allowed})
        context = replace(made, task=made.task.model_copy(update={"constraints": constraints}))
        assert judge(context, card, Use("transformers", ability)).barred == barred


@pytest.mark.parametrize(
    ("family", "name", "other", "card_family", "ability"),
    [
        ("summarization", "org/m-coder-instruct", "org/m-instruct", "text-generation", "chat"),
        ("text-retrieval", "org/paraphrase-m", "org/m-v2", "sentence-similarity", "encode"),
        ("sentence-similarity", "org/LEALLA-m", "org/m-v2", "sentence-similarity", "encode"),
        ("summarization", "org/legal-pegasus", "org/pegasus-xsum", "summarization", "rewrite"),
        ("summarization", "org/legal-led-base-16384", "org/pegasus-xsum", "summarization", "rewrite"),
    ],
)
def test_models_for_another_field_rank_lower(  # noqa: PLR0917
    tmp_path: Path, family: str, name: str, other: str, card_family: str, ability: str
) -> None:
    """A code model for mails, a similarity model for search, a summariser of laws for news: none is ruled out."""
    with measured(tmp_path, "summarization") as made:
        task = made.task.model_copy(update={"family": family, "instruction": "Sum up news and documents."})
        context = replace(made, task=task)
        own, rival = (
            judge(
                context,
                ModelCard(id=each, family=card_family, downloads=90_000, library="sentence-transformers"),
                Use("transformers", ability),
            )
            for each in (name, other)
        )
    assert own.reason is rival.reason is None
    assert own.penalty > rival.penalty + 1


def test_a_classifier_of_another_field_is_as_far_as_a_generator(tmp_path: Path) -> None:
    """Attacks on databases are not those on prompts, though both are injections; its own field is not another."""
    with measured(tmp_path, "text-classification") as made:
        cost = {}
        for said in ("Is it a prompt injection?", "Is it an SQL injection?"):
            context = replace(made, task=made.task.model_copy(update={"instruction": said}))
            names = ("org/sql-injection-detect", "org/injection-detect")
            cards = (ModelCard(id=name, family="text-classification", downloads=90_000) for name in names)
            cost[said] = [judge(context, card, Use("transformers", "classify")).penalty for card in cards]
    (far, near), (own, rival) = cost.values()
    assert far > near + 3
    assert own < rival + 1


@for_each(("count", "penalty"), [(30, 1.0), (5, 4.0)])
def test_a_card_with_very_many_languages_may_omit_the_task_s(tmp_path: Path, count: int, penalty: float) -> None:
    codes = ("af", "am", "az", "bn", "bg", "be", "ca", "da", "de", "el", "en", "et", "fi", "fr", "gl", "gu", "he",
             "hi", "it", "ja", "ko", "ru", "th", "uk", "zh", "es", "pt", "pl", "cs", "ro")  # fmt: skip
    with measured(tmp_path, "text-classification", constraints={"languages": ["tr"]}) as context:
        cards = (
            ModelCard(id="org/m", family="feature-extraction", downloads=90_000, languages=languages)
            for languages in (codes[:count], ("tr", "en"))
        )
        omits, names = (judge(context, card, Use("sentence-transformers", "encode")) for card in cards)
    assert omits.penalty - names.penalty == pytest.approx(penalty)
    assert bool(context.needs.foreign(codes[:count])) is (count == 5)


def test_backbones_for_other_images_or_sounds_are_not_tried(tmp_path: Path) -> None:
    """A backbone for X-rays does not sort waste, and phonemes are no transcript."""
    with measured(tmp_path, "summarization") as context:
        reasons = [
            judge(
                context, ModelCard(id=f"org/{name}", family=family, tags=(tag,), downloads=90_000), Use("x", ability)
            ).reason
            for name, family, tag, ability in (
                ("m", "image-feature-extraction", "medical pictures", "look"),
                ("m", "image-feature-extraction", "pictures", "look"),
                ("m", "automatic-speech-recognition", "phonemes", "transcribe"),
                ("m", "automatic-speech-recognition", "calls", "transcribe"),
                ("hubert-large", "audio-classification", "sounds", "hear"),
                ("ast-audioset", "audio-classification", "sounds", "hear"),
                ("fashion-clip", "zero-shot-image-classification", "products", "name"),
            )
        ]
        photos = ModelCard(id="org/swin", family="image-classification", tags=("ImageNet",), downloads=90_000)
        task = context.task.model_copy(update={"family": "image-classification", "instruction": "Sort photos."})
        needs = replace(context.needs, labels={"scratch": "", "dent": ""})
        sorting = replace(context, task=task)
        sorting.__dict__["needs"] = needs
        backbone = judge(sorting, photos, Use("transformers", "see"))
    assert [reason is None for reason in reasons] == [False, True, False, True, False, True, False]
    assert (backbone.reason, backbone.ability) == (None, "look")


@for_each(("name", "reason"), [("bird-songs", None), ("emotions", "was trained on speech")])
def test_a_model_of_speech_hears_what_it_was_tuned_for(tmp_path: Path, name: str, reason: str | None) -> None:
    card = ModelCard(id=f"org/wav2vec2-{name}", family="audio-classification", downloads=90_000)
    with measured(tmp_path, "summarization") as made:
        context = replace(made, task=made.task.model_copy(update={"instruction": "Which bird sings?"}))
        assert judge(context, card, Use("transformers", "hear")).reason == reason


def test_static_vectors_and_raw_encoders_are_not_tried_in_another_language(tmp_path: Path) -> None:
    """Static vectors and raw encoders have no sense of words that they never saw; sentence encoders often have some.

    That is for a head to learn; what only compares their vectors needs the language.
    """
    with measured(tmp_path, "text-classification", constraints={"languages": ["it"]}) as context:
        reasons = []
        for family, engine in (
            ("feature-extraction", "static"),
            ("fill-mask", "sentence-transformers"),
            ("feature-extraction", "sentence-transformers"),
        ):
            card = ModelCard(id="org/m", family=family, downloads=90_000, languages=("en",), library="model2vec")
            reasons.append(judge(context, card, Use(engine, "encode")).reason)
        task = context.task.model_copy(update={"family": "text-retrieval"})
        reasons.append(judge(replace(context, task=task), card, Use("sentence-transformers", "encode")).reason)
    assert reasons == ["was trained on English", "was trained on English", None, "was trained on English"]


def test_a_tagger_of_several_languages_is_tried_if_it_knows_half_of_the_task_s(tmp_path: Path) -> None:
    with measured(tmp_path, "token-classification", constraints={"languages": ["de", "nl", "pl", "ru"]}) as context:
        reasons = []
        for languages in (("ar", "de", "en", "es", "nl"), ("de", "nl"), ("de", "en", "es", "fr")):
            card = ModelCard(id="org/ner", family="token-classification", downloads=90_000, languages=languages)
            reasons.append(judge(context, card, Use("transformers", "tag")).reason)
    assert [(reason or "").startswith("was trained on") for reason in reasons] == [False, True, True]


def test_labels_that_say_nothing_are_of_their_model_s_own_task(tmp_path: Path) -> None:
    """Any question has a yes and a no: a model for another question is not tried."""
    with measured(tmp_path, "text-classification") as context:
        task = context.task.model_copy(update={"instruction": "Is this text message spam?"})
        made = replace(context, task=task)
        made.__dict__["needs"] = replace(made.needs, labels={"yes": "", "no": ""}, topics=frozenset({"spam"}))
        climate, spam = (
            judge(
                made,
                ModelCard(
                    id=name,
                    family="text-classification",
                    downloads=90_000,
                    library="transformers",
                    labels=("yes", "no"),
                    languages=("en",),
                ),
                Use("transformers", "classify"),
            )
            for name in ("org/climate-detector", "org/bert-sms-spam-detection")
        )
    assert climate.reason == "its labels say nothing, and it is about other things"
    assert (spam.reason, spam.labels) == (None, {"yes": "yes", "no": "no"})


@for_each(
    ("name", "ability", "said", "reason"),
    [
        ("bert-base-chinese-ws", "tag", "Find names.", "tags words by their grammar"),
        ("bert-base-chinese-ws", "tag", "Segmentation of sentences into words.", None),
        ("bert-restore-punctuation", "tag", "Which nouns has the sentence?", "puts punctuation back"),
        ("bert-restore-punctuation", "tag", "Restore the punctuation of transcripts.", None),
        ("gliner", "extract", "Mark nouns and verbs.", "finds names and things, not words by their grammar"),
        ("gliner", "extract", "Which parts of our machines does the speech name?", None),
    ],
)
def test_a_tagger_finds_what_it_was_made_for(
    tmp_path: Path, name: str, ability: str, said: str, reason: str | None
) -> None:
    """Parts of speech, word boundaries or punctuation, which only some tasks ask for; one of names finds no verbs."""
    card = ModelCard(id=f"org/{name}", family="token-classification", downloads=90_000, languages=("en",))
    with measured(tmp_path, "token-classification") as context:
        made = replace(context, task=context.task.model_copy(update={"instruction": said}))
        made.__dict__["needs"] = replace(made.needs, labels={})
        assert judge(made, card, Use("transformers", ability)).reason == reason


def test_what_finds_any_span_is_near_every_task_unless_it_was_made_for_a_field(tmp_path: Path) -> None:
    with measured(tmp_path, "token-classification") as context:
        made = replace(context, task=context.task.model_copy(update={"instruction": "Find names of rivers."}))
        general, narrow = (
            judge(made, ModelCard(id=f"org/{name}", downloads=90_000, languages=("en",)), Use("gliner", "extract"))
            for name in ("gliner-x-base", "gliner-pii-base")
        )
    assert general.reason is None
    assert narrow.reason is not None or narrow.penalty > general.penalty


def test_a_backbone_s_own_classes_and_name_do_not_count(tmp_path: Path) -> None:
    """A classifier of ImageNet used for its vectors: they are worth less than those trained for any use."""
    with measured(tmp_path, "summarization") as made:
        task = made.task.model_copy(update={"family": "image-classification", "instruction": "Sort photos of waste."})
        context = replace(made, task=task)
        context.__dict__["needs"] = replace(made.needs, labels={"glass": "", "tin": ""}, topics=stems("waste"))
        tuned, other, trained = (
            judge(context, ModelCard(id=f"org/{name}", family=kind, downloads=90_000), Use("transformers", ability))
            for name, kind, ability in (
                ("mobilenet.in1k", "image-classification", "see"),
                ("xyz.in1k", "image-classification", "see"),
                ("dino", "image-feature-extraction", "look"),
            )
        )
    assert tuned.penalty == other.penalty > trained.penalty


def test_a_tagger_is_tried_if_its_labels_are_similar(tmp_path: Path) -> None:
    """In medical texts too, a tagger of personal data finds no diseases, one of problems may."""
    with measured(tmp_path, "token-classification") as context, open_catalog() as shipped:
        said = "Mark diseases, drugs and symptoms in reports of patients."
        made = replace(context, task=context.task.model_copy(update={"instruction": said}))
        made.__dict__["needs"] = replace(
            made.needs, labels=dict.fromkeys(("diseases", "drugs", "symptoms"), ""), topics=stems(said)
        )
        names = ("obi/deid_roberta_i2b2", "samrawal/bert-base-uncased_clinical-ner", "d4data/biomedical-ner-all")
        cards = [card for name in names if (card := shipped.get(name)) is not None]
        reasons = [judge(made, card, Use("transformers", "tag")).reason for card in cards]
    assert len(reasons) == len(names)
    assert str(reasons[0]).startswith("was trained for other labels (AGE, DATE")
    assert reasons[1:] == [None, None]


def test_similarity_models_find_duplicates_but_do_not_rank(tmp_path: Path) -> None:
    """A cross-encoder of duplicate questions compares pairs; one of search ranks lower there."""
    cards = [
        ModelCard(id=f"org/{name}", family="text-ranking", downloads=90_000, languages=("en",))
        for name in ("quora-roberta", "ms-marco-roberta")
    ]
    for family in ("text-ranking", "sentence-similarity"):
        with measured(tmp_path, family) as context:
            alike, search = (judge(context, card, Use("transformers", "compare")) for card in cards)
        assert search.reason is None
        if family == "text-ranking":
            assert str(alike.reason).startswith("scores sentence similarity")
        else:
            assert alike.reason is None
            assert alike.penalty < search.penalty - 1


def test_the_language_is_read_from_examples_if_the_task_names_none(tmp_path: Path) -> None:
    """In the plan of a task file as in the interview; codes and names show no language."""
    german = "Leider ist meine Rechnung vom letzten Monat noch immer nicht bei mir angekommen"
    for text, known in ((german, {"de"}), ("SKU", set())):
        rows = "".join(f'{{"text": "{text} {at}", "label": "{"ab"[at % 2]}"}}\n' for at in range(30))
        (tmp_path / "rows.jsonl").write_text(rows)
        task = Task.model_validate(
            {
                "name": "t",
                "instruction": "Sort.",
                "family": "text-classification",
                "examples": {"path": "rows.jsonl", "near_duplicates": "keep"},
            }
        )
        assert needs_of(task, load_examples(task, tmp_path)).languages == known


@for_each(
    ("task", "name", "kind", "reason"),
    [
        ("Sum up reports.", "google/mt5-small", "summarization", "was trained for no task yet"),
        ("Sum up reports.", "allenai/led-base-16384", "summarization", "was trained for no task yet"),
        ("Sum up reports.", "google/pegasus-xsum", "summarization", None),
        ("Find the answer, or nothing.", "x/bert-squad", "question-answering", "was trained on questions that all"),
        ("Find the answer, or nothing.", "x/bert-squad_v2", "question-answering", None),
        ("Find the words that answer it, or 'not there'.", "x/bert-squad", "question-answering", "was trained on ques"),
        ("Find the answer.", "x/bert-squad", "question-answering", None),
        ("Answer questions about small tables.", "x/bert-squad", "question-answering", "reads prose, not tables"),
        ("Sum up what Python functions do.", "Salesforce/codet5-base", "summarization", "was trained for no task yet"),
        ("Translate reports.", "x/how-good-is-a-translation", "translation", "answers with something other than"),
        ("Sum up reports.", "copies/org-other", "summarization", "is a copy of org/other"),
        ("Sum up reports.", "copies/org-another", "summarization", None),
    ],
)
def test_models_trained_for_no_task_or_part_of_it_are_not_tried(
    tmp_path: Path, task: str, name: str, kind: str, reason: str | None
) -> None:
    """Pretrained weights, readers that never learned to give no answer, another's model."""
    card = ModelCard(id=name, family=kind, downloads=90_000, library="transformers")
    with measured(tmp_path, "summarization") as made:
        changes = {"family": kind, "instruction": task}
        context = replace(made, task=made.task.model_copy(update=changes))
        found = judge(context, card, Use("transformers", "read" if kind == "question-answering" else "rewrite")).reason
    assert found is None if reason is None else str(found).startswith(reason)


@for_each(
    ("task", "kind", "reason"),
    [
        ("Find the right help page, and no other one.", "text-retrieval", "may not be a text encoder"),
        ("Are these two descriptions of structures similar?", "sentence-similarity", "may not be a text encoder"),
        ("Find molecules like this one.", "text-retrieval", None),
    ],
)
def test_models_of_chemical_formulas_search_no_texts(tmp_path: Path, task: str, kind: str, reason: str | None) -> None:
    card = ModelCard(
        id="org/MoLFormer-base", family="feature-extraction", downloads=90_000, library="sentence-transformers"
    )
    with measured(tmp_path, "sentence-similarity") as made:
        context = replace(made, task=made.task.model_copy(update={"family": kind, "instruction": task}))
        assert judge(context, card, Use("sentence-transformers", "encode")).reason == reason


@for_each(
    ("task", "tuned", "reason"),
    [
        ("Correct the grammar and typos of e-mails.", "grammar-correction", None),
        ("Answer the customer politely.", "grammar-correction", "was trained for something else, or for nothing yet"),
        ("Answer questions in chat.", "text-to-sql", "was trained for something else, or for nothing yet"),
        ("Turn questions into SQL.", "text-to-sql", None),
        ("Make a quiz from a paragraph.", "qg-hl", None),
        ("Sum up in fifty words.", "words-to-phonemes", "answers with something other than words"),
    ],
)
def test_models_tuned_to_rewrite_serve_what_they_were_tuned_for(
    tmp_path: Path, task: str, tuned: str, reason: str | None
) -> None:
    card = ModelCard(
        id=f"x/t5-{tuned}",
        downloads=90_000,
        family="text2text-generation",
        library="transformers",
        tags=(tuned.replace("-", " "),),
    )
    with measured(tmp_path, "summarization") as made:
        changes = {"family": "text-generation", "instruction": task}
        context = replace(made, task=made.task.model_copy(update=changes))
        assert judge(context, card, Use("transformers", "rewrite")).reason == reason


def test_of_many_reasons_the_rest_is_counted() -> None:
    left = tuple(LeftOut(f"m{n}", f"r{n}") for n in range(6))
    assert nothing(left) == ("no model fits this task (m0: r0; m1: r1; m2: r2; and 3 more)")
    assert nothing(left[:3]).endswith("(m0: r0; m1: r1; m2: r2)")
    unable = tuple(LeftOut(f"m{n}", f"cannot do translation: it can only {n}") for n in range(4))
    assert nothing(unable) == "none of 4 installed models can do translation"
    assert nothing((*unable, left[0])).startswith("no model fits this task (m0: cannot do translation")
    assert nothing(()) == "no model is installed"


@pytest.mark.parametrize(
    ("words", "labels", "models"),
    [
        (
            "Tell whether a photo is safe for work",
            ("yes", "no"),
            {"Falconsai/nsfw_image_detection", "AdamCodd/vit-base-nsfw-detector"},
        ),
        (
            "Find prompt injections in what users type to our chatbot",
            ("yes", "no"),
            {"protectai/deberta-v3-base-prompt-injection-v2", "deepset/deberta-v3-base-injection"},
        ),
        (
            "Detect sarcasm in Reddit comments",
            ("sarcastic", "not sarcastic"),
            {"pysentimiento/bertweet-irony", "cardiffnlp/twitter-roberta-base-irony"},
        ),
        (
            "Is the car in the photo damaged: scratched, dented, or whole?",
            ("damaged", "whole"),
            {"beingamit99/car_damage_detection"},
        ),
        ("clickbait or proper headline", ("clickbait", "news"), {"!valurank/distilroberta-propaganda-2class"}),
    ],
)
def test_what_practitioners_name_is_tried_whatever_its_labels_are_called(
    shipped: Catalog, tmp_path: Path, words: str, labels: tuple[str, str], models: set[str]
) -> None:
    """Rows show what "nsfw", "SAFE" and "irony" are called in the task; of unknown labels the name has to tell."""
    family, ability = ("image-classification", "see") if "photo" in words else ("text-classification", "classify")
    with measured(tmp_path, "text-classification") as context:
        task = context.task.model_copy(update={"instruction": words, "family": family})
        made = replace(context, task=task, catalog=shipped)
        made.__dict__["needs"] = replace(made.needs, labels=dict.fromkeys(labels, ""), teaches=True)
        judged = {
            name: judge(made, card, Use("transformers", ability))
            for name in models
            if (card := shipped.get(name.lstrip("!")))
        }
    assert {name: each.reason is None for name, each in judged.items()} == {name: name[0] != "!" for name in models}


@for_each(
    ("words", "family", "kind"),
    [
        ("Answer questions about small tables", "question-answering", "table-question-answering"),
        ("Detect the emotion of callers in call centre recordings", "audio-classification", "speechbrain"),
        ("Sort support mails by topic", "text-classification", None),
        ("Guess the speciality from a dictated clinical note", "text-classification", None),
        ("¿dos avisos de avería hablan del mismo problema?", "sentence-similarity", None),
    ],
)
def test_what_practitioners_try_and_no_engine_loads_is_named(
    shipped: Catalog, tmp_path: Path, words: str, family: str, kind: str | None
) -> None:
    with measured(tmp_path, "summarization") as context:
        task = context.task.model_copy(update={"instruction": words, "family": family})
        made = replace(context, task=task, catalog=shipped)
        reasons = {reason for _, reason in not_loaded(made)}
    assert f"no engine here loads models of {kind}" in reasons if kind else not reasons, reasons


def test_a_language_s_name_makes_no_topic(shipped: Catalog, tmp_path: Path) -> None:
    """A model of German sentiment is not about German letters."""
    tasks = ("Which department should a German letter go to", "Sentiment of German financial reports")
    with measured(tmp_path, "text-classification") as context:
        letters, reports = (
            replace(context, task=context.task.model_copy(update={"instruction": words}), catalog=shipped).distance(
                "GermanFinBert SC Sentiment financial sentiment German"
            )
            for words in tasks
        )
    assert letters > 2.0 > reports


def test_rows_show_what_a_tagger_s_labels_mean(shipped: Catalog, tmp_path: Path) -> None:
    """Of what practitioners name; a tagger of other things comes later."""
    with measured(tmp_path, "token-classification") as context:
        words = "Find names of persons and places in French letters"
        task = context.task.model_copy(update={"instruction": words})
        made = replace(context, task=task, catalog=shipped)
        labels = {"A7": "", "B2": ""}
        made.__dict__["needs"] = replace(made.needs, labels=labels, languages=frozenset({"fr"}), teaches=True)
        card = shipped.get("Jean-Baptiste/camembert-ner")
        assert card is not None
        assert judge(made, card, Use("transformers", "tag")).reason is None


def test_what_tells_languages_apart_is_for_that_alone(tmp_path: Path) -> None:
    card = ModelCard(
        id="org/m", family="text-classification", downloads=90_000, tags=("language identification",), library="x"
    )
    reasons = []
    with measured(tmp_path, "text-classification") as context:
        for words in ("Is this tweet in Hindi or English rude?", "In welcher Sprache ist die Nachricht?"):
            made = replace(context, task=context.task.model_copy(update={"instruction": words}))
            reasons.append(judge(made, card, Use("transformers", "classify")).reason)
    assert reasons[0] == "identifies the language of a text"
    assert reasons[1] != reasons[0]


def test_vectors_that_were_not_trained_to_be_compared_are_not(tmp_path: Path) -> None:
    with measured(tmp_path, "text-classification") as context:
        task = context.task.model_copy(update={"family": "text-retrieval"})
        made = replace(context, task=task)
        raw = ModelCard(id="org/characters", family="feature-extraction", downloads=90_000, languages=("en",))
        known = replace(raw, embedding_width=384)
        reasons = [judge(made, card, Use("sentence-transformers", "encode")).reason for card in (raw, known)]
    assert reasons == ["gives vectors of words: nothing says that they were trained to be compared", None]


def test_a_model_of_another_name_is_no_copy_of_what_is_named(tmp_path: Path) -> None:
    quantised = {"family": "text-generation", "base_model": "org/m-4B", "base_relation": "quantized"}
    with measured(tmp_path, "text-classification") as context:
        context.__dict__["named"] = {"org/m-4B": 0.9}
        names = ("x/m-4B-GGUF", "x/org_m-4B-GGUF", "x/m-4B-Max-Distillation")
        weights = [context.named_for(ModelCard(id=name, **quantised)) for name in names]
    assert weights == [0.9, 0.9, 0.0]
