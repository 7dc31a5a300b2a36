"""The progress of a long job in another process: a bar, words, and its end."""

from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Label, ProgressBar

from tui.background_job import BackgroundJob, Going, Over


class JobLine(Horizontal):
    """Hidden while idle, without a message of the last job."""

    DEFAULT_CSS: ClassVar[str] = """
    JobLine { display: none; height: 1; }
    JobLine.-shown { display: block; }
    JobLine ProgressBar { width: 20; margin-right: 1; }
    JobLine.-over ProgressBar { display: none; }
    JobLine Label { width: 1fr; }
    """

    @dataclass
    class Progressed(Message):
        """Progress; replaced by newer progress."""

        going: Going

        def can_replace(self, message: Message) -> bool:
            """Replace progress that is not handled yet."""
            return isinstance(message, JobLine.Progressed)

    @dataclass
    class Ended(Message):
        """The job has ended."""

        name: str
        over: Over

    def __init__(self) -> None:
        super().__init__()
        self._job: BackgroundJob | None = None

    def compose(self) -> ComposeResult:
        yield ProgressBar(show_percentage=False, show_eta=False)
        yield Label("", markup=False)

    @property
    def doing(self) -> str:
        """The name of the running job, "" if there is none."""
        return self._job.name if self._job is not None else ""

    def begin(self, job: BackgroundJob, words: str) -> None:
        """Start a job, unless one is running; `Ended` reports its end."""
        if self._job is None:
            self._job = job
            self._show(Going(words))
            self._watch(job)

    def stop(self, *, wait: bool = False) -> None:
        """Interrupt it; `wait` for its end, up to a few seconds."""
        if self._job is not None:
            self._job.stop(wait=wait)
            self._show(Going("Stopping…"))

    @work(thread=True, group="job", exit_on_error=False)
    def _watch(self, job: BackgroundJob) -> None:
        for news in job.run():
            self.post_message(self.Progressed(news) if isinstance(news, Going) else self.Ended(job.name, news))

    @on(Progressed)
    def _take(self, message: Progressed) -> None:
        message.stop()
        if self._job is not None:
            self._show(message.going)

    def _show(self, going: Going) -> None:
        self.remove_class("-over").add_class("-shown")
        self.query_one(ProgressBar).update(total=going.total or None, progress=going.done)
        self.query_one(Label).update(going.line)

    @on(Ended)
    def _end(self, message: Ended) -> None:
        self._job = None
        over = message.over
        # The page shows errors, with a cure.
        text = "" if over.is_failed or not over.lines else over.lines[0]
        self.set_class(bool(text), "-shown").add_class("-over")
        self.query_one(Label).update(text)
