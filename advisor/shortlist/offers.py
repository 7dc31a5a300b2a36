"""What the Hub offers for a task: downloads planned within a budget of bytes and room for candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from advisor.families import family
from advisor.models.variant_names import named_variants
from advisor.shortlist import hub
from advisor.shortlist.candidate import spread
from advisor.shortlist.fit import broken_constraint
from advisor.shortlist.made import from_hub
from advisor.shortlist.uses import Use, other_uses, quantised_use, use_for
from advisor.shortlist.variants import FULL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from advisor.shortlist.build import Context
    from advisor.shortlist.candidate import Candidate
    from catalog import ModelCard


def use_of(context: Context, card: ModelCard) -> Use | None:
    """Return how a model of the Hub would be used for the task, None when no engine here would."""
    task, kind = context.task, family(context.task.family)
    use = use_for(card, kind, allows=task.allowed(card.id), is_named=task.names(card.id))
    if use is None or kind.why_not(kind.methods[use.ability], task) is not None:
        return None
    return use if kind.why_not_model(task, card.tags) is None else None


class Offer(NamedTuple):
    """A variant of a model that could be downloaded."""

    card: ModelCard
    use: Use
    download: hub.Download


class Offers:
    """Takes what the Hub offers until the budget or the room is used up: models first, then their further variants.

    Attributes:
        taken: The candidates, each with its download.
        left_out: Pairs of a model and the reason why it is not among them.
    """

    def __init__(self, context: Context, budget: int, room: int) -> None:
        """Take nothing yet.

        Args:
            context: What candidates are measured against.
            budget: Bytes that may be downloaded.
            room: How many candidates may be added.
        """
        self.taken: list[tuple[Candidate, hub.Download]] = []
        self.left_out: list[tuple[str, str]] = []
        self._context, self._budget, self._room = context, budget, room
        self._offered: dict[str, list[Offer]] = {}

    def take_models(self, cards: Iterable[ModelCard]) -> None:
        """Take one variant of each model, over the sizes found; the next in size stands in for one that cannot be had.

        Args:
            cards: What was found, smallest first.
        """
        affordable = [card for card in cards if (card.predicted_bytes() or self._budget) <= self._budget]
        left = list(affordable)
        for wanted in spread(affordable, self._room):
            place = affordable.index(wanted)
            for card in sorted(left, key=lambda card: abs(affordable.index(card) - place)):
                left.remove(card)
                if self._take_first(card):
                    break

    def _take_first(self, card: ModelCard) -> bool:
        """Take the first variant of a model that fits; note the first reason where none does."""
        reasons = []
        try:
            self._offered[card.id] = self._plan(card)
        except hub.DownloadError as error:
            reasons.append(str(error))
        for offer in self._offered.get(card.id, ()):
            reason = self._take(offer)
            if reason is None:
                return True
            reasons.append(reason)
        self.left_out += [(card.id, reason) for reason in reasons[:1]]
        return False

    def take_variants(self, cached: Iterable[ModelCard], at_hand: Iterable[Candidate]) -> None:
        """Take further variants where there is room: one of each model, then the next of each, smaller models first.

        Args:
            cached: Models of the Hub of which the cache holds a variant.
            at_hand: The candidates that need no download; theirs are not fetched once more.
        """
        if len(self.taken) >= self._room:
            return
        have = {(c.model, c.precision or FULL) for c in (*at_hand, *(candidate for candidate, _ in self.taken))}
        cards = [*cached, *(offers[0].card for offers in self._offered.values() if offers)]
        cards.sort(key=lambda card: card.predicted_bytes() or 0)
        rounds = [self._further(card, have) for card in cards]
        for turn in range(max(map(len, rounds), default=0)):
            for offer in (offers[turn] for offers in rounds if turn < len(offers)):
                if len(self.taken) < self._room:
                    self._take(offer)

    def _plan(self, card: ModelCard) -> list[Offer]:
        """Return the variants of a model by the engine that comes first and finds its files.

        Raises:
            DownloadError: with the first engine's reason if none does.
        """
        first = use_of(self._context, card)
        if first is None:
            return []
        failure = None
        wanted = named_variants(self._context.task.models, card.id)
        quantised = quantised_use(card, first) if wanted is not None else None
        for use in (first, *other_uses(card, first), *([] if quantised is None else [quantised])):
            try:
                return [Offer(card, use, download) for download in self._ask(card, use)]
            except hub.DownloadError as error:
                failure = failure or error
        raise failure or hub.DownloadError("cannot be planned")

    def _further(self, card: ModelCard, have: set[tuple[str, str]]) -> list[Offer]:
        """Return the variants of a model that are not among the candidates; what cannot be asked for is none."""
        offers: list[Offer] = []
        try:
            offers += self._offered[card.id] if card.id in self._offered else self._plan(card)
            use = quantised_use(card, offers[0].use) if offers else None
            if use is not None:
                quantised = [Offer(card, use, download) for download in self._ask(card, use)]
                offers += [offer for offer in quantised if offer.download.precision != FULL]
        except hub.DownloadError as error:
            if named_variants(self._context.task.models, card.id) is not None:
                self.left_out.append((card.id, str(error)))
        return [offer for offer in offers if (card.id, offer.download.precision or FULL) not in have]

    def _ask(self, card: ModelCard, use: Use) -> tuple[hub.Download, ...]:
        task = self._context.task
        return hub.plan(card, use.runtime, task.allowed(card.id), named_variants(task.models, card.id))

    def _take(self, offer: Offer) -> str | None:
        """Make an offer a candidate, or return why not."""
        task, download = self._context.task, offer.download
        candidate = from_hub(self._context, offer.card, offer.use, download)
        reason = broken_constraint(
            candidate,
            task.constraints,
            is_named=task.names(offer.card.id),
            memory_limit=self._context.memory_limit,
        )
        if reason is None and download.to_fetch_bytes > self._budget:
            reason = "its download is over the budget given with --download"
        if reason is None:
            self._budget -= download.to_fetch_bytes
            self.taken.append((candidate, download))
        return reason
