"""The command palette: the registry's actions that apply now, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.await_complete import AwaitComplete
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.widgets import Input, OptionList

from tui.actions import APP, Act, of_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.message import Message


class Palette(CommandPalette):
    """The palette itself: it does one thing and is closed once, however fast its keys come."""

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def _once(self, event: Message) -> None:
        if not self.is_active:
            event.stop().prevent_default()

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Close it, unless a key before has."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


class Commands(Provider):
    """Offers what the user can do on the page that the palette was opened from."""

    async def discover(self) -> Hits:
        """Offer everything, the page's own first."""
        for act, run in self._offers():
            yield DiscoveryHit(act.title, run, help=act.help)

    async def search(self, query: str) -> Hits:
        """Offer what fits the words."""
        matcher = self.matcher(query)
        for act, run in self._offers():
            score = matcher.match(act.title)
            if score > 0:
                yield Hit(score, matcher.highlight(act.title), run, help=act.help)

    def _offers(self) -> Iterator[tuple[Act, Callable[[], object]]]:
        page = getattr(self.screen, "page", "")
        for act in (*(of_page(page) if page else ()), *of_page(APP)):
            owner = self.app if act.page == APP else self.screen
            if act.id != "command_palette" and owner.check_action(act.id, ()):
                yield act, self._runner(act)

    def _runner(self, act: Act) -> Callable[[], object]:
        scope = "app" if act.page == APP else "screen"

        async def run() -> None:
            await self.screen.run_action(f"{scope}.{act.id}")

        return run
