"""What the catalog's page needs to keep it up: its age, and a refresh."""

from functools import partial

from textual import events, on

from tui import background_job, facts
from tui.deferred import in_thread
from tui.dialogs.confirm import confirm
from tui.dialogs.text_modal import TextModal
from tui.screens.page import Page
from tui.widgets.error_box import ErrorBox
from tui.widgets.job_line import JobLine


class Upkeep(Page):
    """A page with an `JobLine` and an `ErrorBox` that keeps the catalog up."""

    def __init__(self) -> None:
        super().__init__()
        self._to_tell: list[str] = []

    def look_up_age(self) -> None:
        """Find out from when the catalog is; the search says what is wrong with it."""
        in_thread(self, "age", partial(facts.age, self.advisor.finder), lambda age: self.title_note(age.words))

    def action_refresh(self) -> None:
        """Ask, then refresh; while it runs, ask whether to stop it."""
        if self.query_one(JobLine).doing:
            question, detail = "Stop it?", "The catalog you have stays in use; what a refresh has fetched is kept."
            confirm(self.app, question, detail, yes="Stop it", no="Let it run", then=self.query_one(JobLine).stop)
            return
        question = "Refresh the catalog from the Hub?"
        detail = (
            "It asks the Hub for the most used models of each family, which takes some minutes. You can go on "
            "working, and stop it at any time; the catalog you have stays in use until the new one is complete."
        )
        confirm(self.app, question, detail, yes="Refresh", no="Not now", then=self._begin)

    def _begin(self) -> None:
        self.query_one(ErrorBox).clear()
        self.query_one(JobLine).begin(background_job.refresh(), "Asking the Hub…")

    @on(JobLine.Ended)
    def _ended(self, message: JobLine.Ended) -> None:
        over = message.over
        if over.is_failed:
            cure = "The present catalog stays in use. F5 refreshes it; what a refresh has fetched is kept."
            self.query_one(ErrorBox).show(" ".join(over.lines), cure)
            return
        if len(over.lines) > 1:
            self._to_tell = list(over.lines)
            self._tell()
        if not over.is_stopped:
            self.advisor.catalog_changed()
            self.look_up_age()

    @on(events.ScreenResume)
    def _tell(self) -> None:
        """Tell what a refresh has done, once the page is in front: the keys of another are not for this."""
        if self._to_tell and self.is_active:
            lines, self._to_tell = self._to_tell, []
            self.app.push_screen(TextModal("The catalog was refreshed", "\n\n".join(lines)))

    def busy_with(self) -> str:
        """Return that the catalog is being refreshed."""
        is_busy = self.is_mounted and self.query_one(JobLine).doing
        return "The catalog is being refreshed." if is_busy else ""

    def close_down(self) -> None:
        """Stop the refresh."""
        if self.is_mounted:
            self.query_one(JobLine).stop(wait=True)
