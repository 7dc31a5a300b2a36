"""The context of driving the graph, outside its state: the front end, the catalog, and cached look-ups."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.candidates import hub, installed
from advisor.execution.control import Control
from advisor.interview import remembered
from advisor.interview.facts import Fact, Understanding
from advisor.interview.feasibility import Pool
from advisor.interview.understand import Seen, understand
from advisor.servers import listing
from advisor.system import machine
from advisor.workflow import pipeline
from advisor.workflow.frontend import Stage
from advisor.workflow.sessions import STATE
from catalog import open_catalog

if TYPE_CHECKING:
    from advisor.cluster.placement import Place
    from advisor.cluster.ray_cluster import RayCluster
    from advisor.workflow.frontend import Event, Frontend
    from catalog import Catalog


def _nothing(event: Event) -> None:
    del event


@dataclass
class Context:
    """The resources of one drive; none is in the checkpoint.

    `note` receives each event before the front end; `understanding` is what is known so far, for display, and `columns`
    are those of the examples, if any. `asks_plan` is false for a command line, which has agreed already; `allow_code`
    lists what the user agreed to at the start. `place` is a cluster to probe on; None: this machine.
    """

    frontend: Frontend
    folder: Path
    control: Control = field(default_factory=Control)
    jobs: int = 1
    fresh: bool = False
    asks_plan: bool = True
    offline: bool = False
    allow_code: tuple[str, ...] = ()
    note: Callable[[Event], None] = _nothing
    understanding: Understanding = field(default_factory=Understanding)
    columns: tuple[str, ...] = ()
    place: Place | None = None
    cluster: RayCluster | None = None
    _seen: dict[str, Seen] = field(default_factory=dict)
    _prepared: dict[str, pipeline.Prepared] = field(default_factory=dict)

    def tell(self, event: Event) -> None:
        """Send an event to the front end.

        Directly, not through the graph's own stream: that would run the nodes on another thread, which an interrupt
        does not reach, so that Ctrl-C would wait for a probe to end.
        """
        self.note(event)
        self.frontend.tell(event)

    @cached_property
    def catalog(self) -> Catalog:
        """The catalog, opened on first use."""
        return open_catalog()

    @cached_property
    def pool(self) -> Pool:
        """The sources of candidates, looked up once per drive."""
        self.connect()
        with ThreadPoolExecutor(4) as executor:  # waits for network, disk and driver
            reached = executor.submit(lambda: not self.offline and hub.is_reachable())
            served = executor.submit(lambda: sum(len(each.models) for each in listing.running()))
            models = executor.submit(installed.find_installed)
            gpus = executor.submit(machine.gpus)
            return Pool(
                self.catalog, models.result(), hub=reached.result(), served=served.result(),
                here=machine.measure_machine() if self.cluster is None else self.cluster.machine,
                disk=hub.free_bytes(), gpus=gpus.result(), download=remembered.download(),
            )  # fmt: skip

    def connect(self) -> None:
        """Connect to the cluster that candidates are probed on, if any, once per drive.

        InputError if Ray is not installed. OutOfReachError if the cluster cannot be reached or used.
        """
        if self.place is not None and self.cluster is None:
            self.tell(Stage("connecting"))
            from advisor.cluster.ray_cluster import RayCluster

            self.cluster = RayCluster(self.place.on, self.place.labels, self.place.replicas)

    def is_there(self) -> bool:
        """Return whether the session's folder still holds it: it may be deleted during the drive."""
        return (self.folder / STATE).exists()

    def look_again(self) -> None:
        """Forget cached look-ups: availability has changed."""
        self.__dict__.pop("pool", None)
        self._seen.clear()
        self._prepared.clear()

    def seen(self, words: str, answers: Mapping[str, Any], proposed: Sequence[Fact] = ()) -> Seen:
        """Return what is known of the task, from the cache if nothing has changed."""
        path = answers.get("examples")
        stamp = Path(str(path)).stat().st_mtime_ns if path and Path(str(path)).exists() else 0
        key = json.dumps([words, dict(answers), stamp, [each.key for each in proposed]], sort_keys=True, default=str)
        if key not in self._seen:
            self._seen[key] = understand(words, answers, self.pool, self.catalog, proposed)
        found = self._seen[key]
        self.understanding = found.understanding
        self.columns = () if found.table is None else tuple(each.name for each in found.table.columns)
        return found

    def prepared(self, task_file: Path, *, download_budget: int, escalation: bool) -> pipeline.Prepared:
        """Return a task file's plan, made once per drive and version of the file; errors of `pipeline.prepare`."""
        stat = task_file.stat() if task_file.exists() else None
        key = f"{task_file}|{stat.st_mtime_ns if stat else 0}|{download_budget}|{escalation}"
        if key not in self._prepared:
            self._prepared[key] = pipeline.prepare(
                task_file,
                download_budget=download_budget,
                fresh=self.fresh,
                escalation=escalation,
                offline=self.offline,
                here=None if self.cluster is None else self.cluster.machine,
                tell=lambda rows: self.tell(Stage("planning", rows)),
            )
        return self._prepared[key]

    def close(self) -> None:
        if self.cluster is not None:
            self.cluster.close()
        catalog = self.__dict__.pop("catalog", None)
        if catalog is not None:
            catalog.close()
