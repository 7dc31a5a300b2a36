"""Plan downloads from the Hub for a task, within a budget of bytes and places for candidates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from advisor.candidates import catalogued, hub
from advisor.candidates.candidate_factory import from_hub
from advisor.candidates.choose import FEW_ROWS, FOREIGN, Chooser, Option, shares_of_ways, way_of
from advisor.candidates.context import LARGEST_SHARE
from advisor.candidates.fit import broken_constraint
from advisor.candidates.found import option, with_usual_files
from advisor.candidates.reasons import reasons
from advisor.candidates.uses import Use, other_uses, quantised_use
from advisor.families import family
from advisor.formats.file_names import named_variants
from advisor.formats.variants import FULL
from advisor.units import format_seconds
from catalog.prior import stem

if TYPE_CHECKING:
    from advisor.candidates.candidate import Candidate
    from advisor.candidates.context import Context
    from catalog import ModelCard

# From so many times the time asked for, which predictions are seldom off, a model is not tried; and from so many if
# nothing shows how long the answers are that it writes, such as completions of a line.
TOO_SLOW, TOO_SLOW_UNSEEN = 2.0, 16.0


class Offer(NamedTuple):
    """A variant of a model that could be downloaded."""

    option: Option
    use: Use
    download: hub.Download


class Offers:
    """Takes offers of the Hub until the budget or the places are used up: models first, then further variants.

    If the Hub may not be asked, downloads are predicted from the catalog.
    """

    def __init__(self, context: Context, budget: int, room: int, *, asks_hub: bool) -> None:
        """Take nothing yet; `budget` are the bytes that may be downloaded, `room` is the maximum of candidates."""
        self._asks_hub = asks_hub
        self.taken: list[tuple[Candidate, hub.Download]] = []
        self.local: list[Candidate] = []  # Candidates that need no download.
        self.left_out: list[tuple[str, str]] = []  # Models with the reasons.
        self._context, self._budget, self._room = context, budget, room
        self._offered: dict[str, list[Offer]] = {}

    def take_models(
        self,
        options: Sequence[Option],
        kept: Iterable[Candidate] = (),
        installed: Mapping[str, Candidate] = MappingProxyType({}),
    ) -> None:
        """Take one variant of each model in the order of `choose`; an unavailable one is replaced by the next.

        Candidates `kept` are always tried; others `installed`, by their names in the catalog, need no download.
        """
        task = self._context.task
        most = self._budget if task.models else int(self._budget * LARGEST_SHARE)
        ways = shares_of_ways(self._context.mix, options, self._context.named)
        foreign = {each.card.id for each in options if self._context.needs.foreign(each.card.languages)}
        copies = {stem(name): each for name, each in installed.items()}
        free = [
            replace(each, download_bytes=0) if each.card.id in installed or stem(each.card.id) in copies else each
            for each in options
        ]
        chooser = Chooser(free, ways, self._budget, most, foreign, self._context.rows_per_label < FEW_ROWS)
        for candidate in kept:
            # A candidate for other languages does not count for its way.
            is_foreign = self._context.needs.foreign(candidate.languages)
            way = FOREIGN if is_foreign else way_of(candidate.runtime, candidate.ability)
            chooser.note(way, candidate.serving_bytes, candidate.model)
        while self._places and (wanted := chooser.next()) is not None:
            if (here := installed.get(wanted.card.id) or copies.get(stem(wanted.card.id))) is not None:
                self.local.append(here)
                chooser.note(wanted.way, here.serving_bytes)
            elif self._take_first(wanted):
                chooser.note(wanted.way, self.taken[-1][0].serving_bytes)
                chooser.budget = self._budget

    def fill(self, installed: Iterable[Candidate]) -> None:
        """Give remaining places to installed models, in order."""
        gone = {stem(name) for taken, _ in self.taken for name in (taken.model, taken.derived_from or taken.model)}
        own = [each for each in installed if each not in self.local and stem(each.model) not in gone]
        self.local += own[: self._places]

    @property
    def _places(self) -> int:
        return max(0, self._room - len(self.taken) - len(self.local))

    def _take_first(self, wanted: Option) -> bool:
        """Take the first variant of a model that fits; record the first reason if none does."""
        name, problems = wanted.card.id, []
        try:
            self._offered[name] = self._plan(wanted)
        except hub.DownloadError as error:
            problems.append(str(error))
        for offer in self._offered.get(name, ()):
            reason = self._take(offer)
            if reason is None:
                return True
            problems.append(reason)
        self.left_out += [(name, reason) for reason in problems[:1]]
        return False

    def take_variants(self, cached: Iterable[ModelCard], installed: Iterable[Candidate]) -> None:
        """Take further variants while there are places: one per model, then the next of each, smaller models first.

        Models `cached` have a variant here; variants of candidates `installed` are not fetched again.
        """
        if not (self._places and self._asks_hub):
            return
        have = {(c.model, c.precision or FULL) for c in (*installed, *(candidate for candidate, _ in self.taken))}
        options = [option(self._context, card, 0) for card in cached]
        known = [each for each in options if each is not None]
        known += [offers[0].option for offers in self._offered.values() if offers]
        known.sort(key=lambda each: each.card.predicted_bytes() or 0)
        rounds = [self._further(each, have) for each in known]
        for turn in range(max(map(len, rounds), default=0)):
            for offer in (offers[turn] for offers in rounds if turn < len(offers)):
                if self._places:
                    self._take(offer)

    def _plan(self, wanted: Option) -> list[Offer]:
        """Return the variants of a model for the first engine that finds its files, else the first's DownloadError."""
        card, first = wanted.card, wanted.use
        failure = None
        named = named_variants(self._context.task.models, card.id)
        quantised = quantised_use(card, first) if named is not None else None
        for use in (first, *other_uses(card, first), *([] if quantised is None else [quantised])):
            try:
                return [Offer(wanted, use, download) for download in self._ask(card, use)]
            except hub.DownloadError as error:
                failure = failure or error
        raise failure or hub.DownloadError("cannot be planned")

    def _further(self, wanted: Option, have: set[tuple[str, str]]) -> list[Offer]:
        """Return the variants of a model that are not candidates yet; none if the Hub gives an error."""
        card = wanted.card
        offers: list[Offer] = []
        try:
            offers += self._offered[card.id] if card.id in self._offered else self._plan(wanted)
            use = quantised_use(card, offers[0].use) if offers else None
            if use is not None:
                quantised = [Offer(wanted, use, download) for download in self._ask(card, use)]
                offers += [offer for offer in quantised if offer.download.precision != FULL]
        except hub.DownloadError as error:
            if named_variants(self._context.task.models, card.id) is not None:
                self.left_out.append((card.id, str(error)))
        return [offer for offer in offers if (card.id, offer.download.precision or FULL) not in have]

    def _ask(self, card: ModelCard, use: Use) -> tuple[hub.Download, ...]:
        """Return a model's downloads, from the Hub or predicted; DownloadError if there are none."""
        task = self._context.task
        if self._asks_hub:
            return hub.plan_downloads(card, use.runtime, task.allowed(card.id), named_variants(task.models, card.id))
        return (catalogued.predicted_download(with_usual_files(card), use),)

    def _take(self, offer: Offer) -> str | None:
        """Make an offer a candidate, or return why not."""
        context, (wanted, use, download) = self._context, offer
        task, card = context.task, wanted.card
        method = family(task.family).methods[use.ability]
        why = reasons(context, method, use, wanted.judged, card=card, parameters=wanted.parameters)
        candidate = from_hub(context, card, use, download, why=why, labels=wanted.judged.labels)
        reason = broken_constraint(
            candidate, task.constraints, is_named=task.names(card.id), memory_limit=context.memory_limit
        )
        seconds, asked = candidate.seconds_per_example, task.bar.p95_seconds
        most = TOO_SLOW_UNSEEN if context.is_untested and task.family == "text-generation" else TOO_SLOW
        if reason is None and seconds and asked and seconds > most * asked and not task.names(card.id):
            reason = f"predicted {format_seconds(seconds)} an answer here, {format_seconds(asked)} are asked for"
        if reason is None and download.to_fetch_bytes > self._budget:
            reason = "its download is over the budget given with --download"
        if reason is None:
            self._budget -= download.to_fetch_bytes
            self.taken.append((candidate, download))
        return reason
