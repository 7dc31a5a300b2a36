"""Counts the models that satisfy the known constraints: installed ones and, if downloads are possible, the catalog's.

They are counted before any is inspected: an engine may still refuse one, and the shortlist takes at most the task's
`max_candidates`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from advisor.candidates import predict
from advisor.candidates.build import MEMORY_SHARE
from advisor.engines.table import ENGINES, FORMATS
from advisor.families import FAMILY_NAMES, family
from advisor.interview.facts import Source, Understanding
from advisor.system import machine
from advisor.units import parse_count, parse_size
from catalog import Catalog, Filters, ModelCard
from catalog.query.filters import NO_FILTERS

if TYPE_CHECKING:
    from advisor.candidates.installed import InstalledModel
    from advisor.system.machine import Machine

USUAL_CHARACTERS, USUAL_PROMPT, USUAL_ANSWER = 400.0, 400, 8
MOST_PARAMETERS = 10**12


@dataclass(frozen=True, slots=True)
class Limits:
    """The known constraints on a model.

    `download` is in bytes, `seconds` the longest time of an answer; `servers` counts the models of servers too.
    """

    family: str | None = None
    filters: Filters = NO_FILTERS
    download: int | None = None
    seconds: float | None = None
    pass_rate: float | None = None
    servers: bool = False


def with_filters(**values: Any) -> Callable[[Limits], Limits]:  # noqa: ANN401  fields of Filters
    """Return a change of limits: some of their filters have these values."""
    return lambda limits: replace(limits, filters=replace(limits.filters, **values))


@dataclass(frozen=True, slots=True)
class Present:
    """An installed model with facts from the catalog or its folder."""

    name: str
    runtimes: tuple[tuple[str, str], ...]
    license: str | None
    languages: tuple[str, ...]
    parameters: int | None
    weights_bytes: int
    is_known: bool


def limits(known: Understanding) -> Limits:
    """Return the known constraints; unreadable values limit nothing (the task's own check reports them)."""

    def number(key: str, read: Callable[[Any], int]) -> int | None:
        value = known.value(key)
        try:
            return None if value is None else read(value)
        except (ValueError, TypeError):
            return None

    def texts(key: str) -> frozenset[str]:
        value = known.value(key) or ()
        return frozenset([value] if isinstance(value, str) else [str(each) for each in value])

    chosen = known.value("family")
    seconds, rate = known.value("bar.p95_seconds"), known.value("bar.pass_rate")
    device = known.get("device")
    context = known.value("context")
    return Limits(
        str(chosen) if chosen in FAMILY_NAMES else None,
        Filters(
            licenses=texts("constraints.license"),
            languages=texts("constraints.languages"),
            max_parameters=number("constraints.max_parameters", parse_count),
            max_bytes=number("constraints.max_memory", parse_size),
            formats=texts("format"),
            min_context=context if isinstance(context, int) and not isinstance(context, bool) else None,
            # This machine's device is no constraint: a model that needs no GPU runs there too.
            devices=frozenset({str(device.value)})
            if device is not None and device.source is not Source.MACHINE and device.value in {"gpu", "mps"}
            else frozenset(),
        ),
        number("download", parse_size),
        float(seconds) if isinstance(seconds, int | float) and seconds > 0 else None,
        float(rate) if isinstance(rate, int | float) and 0 < rate < 1 else None,
        known.value("servers") == "auto",
    )


class Pool:
    """The models that may become candidates, and their counts."""

    def __init__(
        self, catalog: Catalog, installed: Sequence[InstalledModel], *, hub: bool, served: int = 0, here: Machine,
        disk: int | None = None, gpus: Sequence[str] = (), download: int | None = None,
    ) -> None:  # fmt: skip
        """Take the sources of models.

        `served` is the number of models on local servers; `disk` the free bytes where downloads go; `download` the
        bytes allowed last time; None if unknown.
        """
        self.disk = disk
        self.download = download
        self.gpus = tuple(gpus)
        self.catalog = catalog
        self.hub = hub
        self.served = served
        self.all_memory = here.total_memory_bytes
        self.memory = int(self.all_memory * MEMORY_SHARE)
        self.threads = here.threads
        self.installed = [self._present(model) for model in installed if model.reason is None]

    def count(self, wanted: Limits) -> int:
        """Return how many models satisfy the limits."""
        filters = self.filters(wanted)
        known = 0
        may_download = self.hub and wanted.download != 0
        if may_download:
            budget = filters
            if wanted.download is not None:
                budget = replace(filters, max_bytes=min(filters.max_bytes or wanted.download, wanted.download))
            known = self.catalog.count(budget)
            here = sum(
                self._stands(each, wanted, filters) and not self._is_counted(each, budget) for each in self.installed
            )
        else:
            here = sum(self._stands(each, wanted, filters) for each in self.installed)
        return known + here + (self.served if wanted.servers else 0)

    def filters(self, wanted: Limits) -> Filters:
        """Return the limits as catalog filters, with this machine's memory and speed."""
        filters = wanted.filters
        most = [each for each in (filters.max_parameters, self._parameters_within(wanted.seconds)) if each is not None]
        searched = frozenset(family(wanted.family).searched) if wanted.family else frozenset[str]()
        return replace(
            filters,
            families=searched,
            max_parameters=min(most, default=None),
            max_bytes=min(filters.max_bytes or self.memory, self.memory),
            formats=filters.formats or FORMATS,
        )

    def _parameters_within(self, seconds: float | None) -> int | None:
        """Return the most parameters of an encoder that answers in time here; None without a limit.

        Language models take longer; whether they answer in time is measured, not guessed.
        """
        if seconds is None:
            return None
        low, high = 1, MOST_PARAMETERS
        while high - low > low // 100 + 1:
            middle = (low + high) // 2
            pace = predict.seconds_per_example(
                "sentence-transformers",
                predict.computed_parameters("sentence-transformers", middle),
                characters=USUAL_CHARACTERS,
                prompt_characters=USUAL_PROMPT,
                answer_tokens=USUAL_ANSWER,
                threads=self.threads,
                operations_per_second=self._speed,
            )
            low, high = (middle, high) if pace is not None and pace <= seconds else (low, middle)
        return low

    @cached_property
    def _speed(self) -> float:
        return machine.operations_per_second()

    def _present(self, model: InstalledModel) -> Present:
        card: ModelCard | None = self.catalog.get(model.facts.derived_from or model.name)
        forms = [form for form in model.forms if ENGINES[form.runtime].is_installed()]
        parameters = next((form.parameters for form in forms if form.parameters), model.facts.parameters)
        return Present(
            model.name,
            tuple((form.runtime, form.ability) for form in forms),
            model.facts.license or (card.license if card else None),
            tuple(model.facts.languages or (card.languages if card else ())),
            parameters or (card.parameters if card else None),
            min((form.weights_bytes for form in forms), default=0),
            card is not None and model.facts.derived_from is None,
        )

    def _is_counted(self, model: Present, filters: Filters) -> bool:
        """Return whether the catalog's count includes this model already."""
        card = self.catalog.get(model.name) if model.is_known else None
        return card is not None and filters.allows(card)

    def _stands(self, model: Present, wanted: Limits, filters: Filters) -> bool:
        methods = family(wanted.family).methods if wanted.family else None
        if methods is not None and not any(ability in methods for _, ability in model.runtimes):
            return False
        if wanted.filters.licenses and (model.license or "").lower() not in wanted.filters.licenses:
            return False
        languages = {each.lower() for each in model.languages}
        asked = wanted.filters.languages
        if asked and languages and "multilingual" not in languages and not asked <= languages:
            return False
        # A vector lookup takes no longer with more parameters.
        is_quick = any(ENGINES[runtime].seconds_per_character is not None for runtime, _ in model.runtimes)
        most = wanted.filters.max_parameters if is_quick else filters.max_parameters
        if most is not None and (model.parameters or 0) > most:
            return False
        return filters.max_bytes is None or model.weights_bytes <= filters.max_bytes
