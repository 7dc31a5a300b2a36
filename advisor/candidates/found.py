"""The catalog's models for a task: for each way of doing it those that can run here, the best ranked first."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from advisor.candidates import asked, catalogued, predict
from advisor.candidates.choose import MADE_FOR_IT, RAW, Option
from advisor.candidates.context import LISTED, MEANT
from advisor.candidates.judge import FINE_TUNED, NAMED_ENOUGH, Judged, is_made_for, judge
from advisor.candidates.unwanted import stands_for
from advisor.candidates.uses import Use, is_loadable, use_for
from advisor.engines.engine import BY_FAMILY, ENCODERS, RAW_ENCODERS
from advisor.engines.table import ENGINES
from advisor.families import family
from catalog import Filters, Hit, ModelCard
from catalog.families import SUBSTITUTES
from catalog.prior import generation, is_copy_by_name, quality, stem

if TYPE_CHECKING:
    from advisor.candidates.context import Context

DEPTH = 40
# Ways of models of other families: the task's words say little about them.
SERVING = frozenset({"head", "nearest label", "prompted"})
RANK_OF_SERVING, RANK_OF_STATIC = 0.5, 0.25
# Ranks by which results without a language filter come after those with it.
OTHER_LANGUAGES_AFTER = 8
# Number of fine-tuned models without labels in the catalog to ask the Hub about.
MOST_ASKED = 12
# Penalty from which a model is too far from the task.
MOST_COST, MOST_COST_TUNED, MOST_COST_GUESSED = 9.0, 7.0, 1.0
MOST_NOT_LOADED = 3
# Halvings of rank of a model with a later generation whose size is within this ratio.
EARLIER, SAME_SIZE = 1.0, 1.7
_VECTORS = frozenset({"encode", RAW})
_ENGLISH = frozenset({"en"})


def use_of(context: Context, card: ModelCard) -> Use | None:
    """Return how a model of the Hub would be used for the task, None if no engine here loads it."""
    task, kind = context.task, family(context.task.family)
    use = use_for(card, kind, allows=task.allowed(card.id), task=task)
    if (
        use is None
        or not (ENGINES[use.runtime].is_installed() or task.names(card.id))
        or kind.why_not(kind.methods[use.ability], task) is not None
    ):
        return None
    if kind.methods[use.ability] == "head" and not context.examples.teaching:
        return None
    return use if kind.why_not_model(task, card.tags) is None else None


def with_usual_files(card: ModelCard) -> ModelCard:
    """Return a card with the usual files of such a model, if the catalog lists none."""
    return card if is_loadable(card) else catalogued.with_files(card)


def option(context: Context, card: ModelCard, rank: int, judged: Judged | None = None) -> Option | None:
    """Return a model as an option with its rank in its way, None if no engine here loads it.

    Without a judgement the task names it.
    """
    card = with_usual_files(card)
    use = use_of(context, card)
    if use is None:
        return None
    judged = judged or Judged()
    if judged.ability is not None:
        use = Use(use.runtime, judged.ability)
    download = catalogued.predicted_download(card, use)
    size = download.weights_bytes or None
    serving = None if size is None else predict.serving_bytes(use.runtime, size)
    serves = family(context.task.family).methods[use.ability] in SERVING
    weight = RANK_OF_STATIC if use.runtime == "static" else RANK_OF_SERVING if serves else 1.0
    parameters = catalogued.parameters(card)[0]
    is_made_for_it = MADE_FOR_IT in family(context.task.family).mix and is_made_for(context, card, use)
    return Option(card, use, rank, judged, serving, size, parameters, weight, context.is_tiny, is_made_for_it)


def found(context: Context) -> list[Option]:
    """Return the options worth a try, the best ranked of each way, and those that only a licence or a gate bars."""
    ways: dict[str, list[str]] = {}
    for name in family(context.task.family).searched_for(context.examples):
        ways.setdefault(_kind(name), []).append(name)
    options: list[Option] = []
    for families in ways.values():
        options += _of_way(context, families)
    return options


def not_loaded(context: Context) -> list[tuple[str, str]]:
    """Return the models that practitioners would try first, but that no engine here loads, with the reason.

    Also those of another family for texts that the words alone ask for, such as answers from tables.
    """
    understood, uses = context.catalog.read(context.query)[0], context.uses
    if "text-generation" in SUBSTITUTES.get(understood.family or "", ()):
        uses = [*uses, *context.catalog.uses(understood, tuple(sorted(context.needs.languages)))]
    names = dict.fromkeys(name for use, share in uses if share >= MEANT for name in use.models)
    cards = [card for name in names if (card := context.catalog.get(name)) is not None]
    return [
        (card.id, f"no engine here loads models of {card.library if card.library != 'transformers' else card.family}")
        for card in cards
        if card.library is not None and not is_copy_by_name(card.id) and not is_loadable(with_usual_files(card))
    ][:MOST_NOT_LOADED]


def _kind(name: str) -> str:
    """Return the kind of the models of a catalog family; masked language models are a separate kind."""
    if name in RAW_ENCODERS:
        return RAW
    return "encode" if name in ENCODERS else BY_FAMILY.get(name, name)


def _of_way(context: Context, families: list[str]) -> list[Option]:
    """Return the options among the models of some families of the catalog."""
    search = _Search(context, families)
    wanted = context.needs.languages - {"code"}
    ranks: dict[str, int] = {}
    if wanted and wanted != _ENGLISH:
        ranks = {name: rank for rank, name in enumerate(search.run(languages=wanted))}
    after = OTHER_LANGUAGES_AFTER if ranks else 0
    for rank, name in enumerate(search.run()):
        ranks.setdefault(name, rank + after)
    if context.asks_hub:
        search.ask_labels(sorted(ranks, key=lambda name: ranks[name]))
    places: Counter[str] = Counter()  # ranks in each way
    options = []
    for name in sorted(ranks, key=lambda name: ranks[name]):
        made = search.options[name]
        if made is not None and not search.is_copy(made.card):
            place = places[made.way]
            places[made.way] += 1
            options.append(replace(made, rank=max(place, ranks[name] if after else place)))
    options = [_later_first(context, each, options) for each in options]
    return [each for each in (*options, *search.barred) if each.cost < _most_cost(context, each)]


def _later_first(context: Context, option: Option, others: list[Option]) -> Option:
    """Return an option, ranked lower if a later generation is one, too."""
    if not has_successor(context, option, others):
        return option
    return replace(option, judged=replace(option.judged, penalty=option.judged.penalty + EARLIER))


def has_successor(context: Context, option: Option, others: list[Option]) -> bool:
    """Return whether a later generation of a model has about its size, and nobody names the earlier one for the use."""
    line, version = generation(option.card.id)
    if line is None or context.named_for(option.card) >= LISTED:
        return False
    later = [each for each in others if each.card.family == option.card.family and generation(each.card.id)[0] == line]
    sizes = [each.parameters for each in later if generation(each.card.id)[1] > version]
    own = option.parameters
    return any(own and size and abs(math.log(size / own)) < math.log(SAME_SIZE) for size in sizes)


def _most_cost(context: Context, option: Option) -> float:
    """Return the cost from which a model is too far from the task.

    It is less for a classifier that practitioners do not name and whose labels are not all the task's: a shared word is
    seldom enough.
    """
    if option.use.ability not in FINE_TUNED:
        return MOST_COST
    is_sure = context.needs.labels.keys() <= {*option.judged.labels.values()}
    is_sure = is_sure or context.named_for(option.card) >= NAMED_ENOUGH or option.use.ability != "classify"
    return MOST_COST_TUNED if is_sure else MOST_COST_GUESSED


class _Search:
    """Searches the models of some families; judgements are cached."""

    def __init__(self, context: Context, families: list[str]) -> None:
        self.context, self.families = context, families
        self.options: dict[str, Option | None] = {}
        self._leaders: dict[str, ModelCard] = {}
        # Models that suit: those that a copy may replace, and those that only the licence or a gate keeps out.
        self._replaced: set[str] = set()
        self.barred: list[Option] = []

    def run(self, languages: frozenset[str] = frozenset()) -> list[str]:
        """Return the names of the found models worth a try, best first."""
        context, constraints = self.context, self.context.task.constraints
        filters = Filters(
            families=frozenset(self.families),
            languages=languages,
            allow_unknown_language=False,
            max_parameters=constraints.max_parameters,
        )
        hits = context.catalog.search(
            context.query,
            filters=filters,
            limit=DEPTH,
            serving=self._serves,
            usable=self._is_usable,
            task=context.families,
        )
        seen = {name for hit in hits for name in (hit.card.id, *hit.variants)}
        return [*(self._lighter(hit) for hit in hits), *(name for name in self._named() if name not in seen)]

    def _named(self) -> list[str]:
        """Return the usable models that practitioners name for such uses, in case the task's words do not find them."""
        named = self.context.named
        cards = (self.context.catalog.get(name) for name in sorted(named, key=lambda name: -named[name]))
        known = [card for card in cards if card is not None and named[card.id] >= NAMED_ENOUGH]
        return [card.id for card in known if card.family in self.families and self._is_usable(card)]

    def _lighter(self, hit: Hit) -> str:
        """Return a model's name, or if it is a costly download that of a GGUF copy: its maker's, or the best known."""
        made, context = self.options[hit.card.id], self.context
        if made is None:
            return hit.card.id
        copies = [copy for name in hit.variants if (copy := self.options.get(name)) and "gguf" in copy.card.formats]
        copy, named, original = made, 0.0, context.catalog.get(hit.card.base_model or "")
        if original is not None and original.id in self._replaced:
            is_costly = context.is_costly(catalogued.download_size(original))
            named = context.named_for(hit.card) if is_costly else 0.0
        elif copies and context.is_costly(made.download_bytes):
            owner, named = f"{hit.card.id.partition('/')[0]}/", context.named_for(hit.card)
            copy = max(copies, key=lambda each: (each.card.id.startswith(owner), context.catalog.standing(each.card)))
            self._replaced.add(hit.card.id)
        self.options[copy.card.id] = replace(copy, judged=made.judged, named=named)
        return copy.card.id

    @property
    def _serves(self) -> bool:
        """Whether these families are not the task's own."""
        task = family(self.context.task.family)
        methods = {task.methods.get("encode" if _kind(name) in _VECTORS else _kind(name)) for name in self.families}
        return bool(methods & SERVING) and self.context.task.family not in self.families

    def _is_usable(self, card: ModelCard) -> bool:
        if card.id not in self.options:
            made = self._option(card)
            if made is not None and made.judged.barred is not None:
                place = sum(each is not None and each.way == made.way for each in self.options.values())
                self.barred.append(replace(made, rank=place))
                made = None
            self.options[card.id] = made
            first = self._leaders.setdefault(stem(card.id), card)
            self._leaders[stem(card.id)] = max(first, card, key=lambda c: (not is_copy_by_name(c.id), quality(c)))
        return self.options[card.id] is not None

    def _option(self, card: ModelCard) -> Option | None:
        context = self.context
        full = with_usual_files(card)
        use = use_of(context, full)
        if use is None:
            return None
        judged = judge(context, full, use)
        if judged.reason is not None:
            return None
        made = option(context, card, 0, judged)
        if made is None or made.serving_bytes is None:  # a model of unknown size is not tried
            return None
        if context.is_too_large(made.serving_bytes, made.download_bytes):
            self._replaced.add(card.id)
            return None
        return made

    def ask_labels(self, names: list[str]) -> None:
        """Judge the first of these models without labels in the catalog again, with their labels from the Hub."""
        if not self.context.needs.labels:
            return
        known = [made for name in names if (made := self.options[name]) is not None]
        tuned = [made.card for made in known if made.use.ability in FINE_TUNED and not made.card.labels]
        cards = {card.id: card for card in tuned[:MOST_ASKED]}
        for name, labels in asked.labels_from_hub(cards.values()).items():
            self.options[name] = self._option(replace(cards[name], labels=labels))

    def is_copy(self, card: ModelCard) -> bool:
        """Return whether a better known model has the same name; a GGUF file may replace one that is too large."""
        leader = self._leaders[stem(card.id)]
        if leader.id == card.id or stands_for(self.context, card, leader):
            return False
        return not ("gguf" in card.formats and leader.id in self._replaced)
