"""A real Chromium without a window, driven over its debugging protocol."""

from __future__ import annotations

import asyncio
import base64
import shutil
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 60


def chromium() -> str | None:
    """Return where a Chromium is, None if nowhere."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Tab:
    """One tab of the browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Speak to a tab."""
        self._socket = socket
        self._sent = 0

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        self._sent += 1
        number = self._sent
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            message = await self._socket.receive_json(timeout=SECONDS)
            if message.get("id") == number:
                assert "error" not in message, message
                return dict(message["result"])

    async def value(self, script: str) -> Any:
        """Return what a script is worth on the page."""
        told = await self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return told["result"].get("value")

    async def until(self, script: str) -> None:
        """Wait until a script is true on the page."""
        async with asyncio.timeout(SECONDS):
            while not await self.value(script):  # noqa: ASYNC110  the page has no event for us
                await asyncio.sleep(0.1)

    async def type(self, text: str) -> None:
        """Type a text."""
        for character in text:
            await self.call("Input.dispatchKeyEvent", type="char", text=character)

    async def press(self, key: str, code: int) -> None:
        """Press a key by its name and its number, e.g. "Enter", 13."""
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            await self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                **(text if kind == "keyDown" else {}),
            )

    async def control(self, letter: str, code: int) -> None:
        """Press Ctrl and a letter, whose key has this number."""
        await self.call(
            "Input.dispatchKeyEvent",
            type="rawKeyDown",
            key=letter,
            code=f"Key{letter.upper()}",
            modifiers=2,
            windowsVirtualKeyCode=code,
        )

    async def click(self, x: int, y: int) -> None:
        """Click with the left button."""
        for kind in ("mousePressed", "mouseReleased"):
            await self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def still(self, path: Path) -> bytes:
        """Wait until the tab shows the same for half a second; write that into a PNG file, and return it."""
        async with asyncio.timeout(SECONDS):
            before = b""
            while True:
                await self.picture(path)
                now = await asyncio.to_thread(path.read_bytes)
                if now == before:
                    return now
                before = now
                await asyncio.sleep(0.5)

    async def picture(self, path: Path) -> None:
        """Write what the tab shows into a PNG file."""
        told = await self.call("Page.captureScreenshot", format="png")
        await asyncio.to_thread(path.write_bytes, base64.b64decode(told["data"]))


@asynccontextmanager
async def opened(address: str, width: int = 1000, height: int = 640) -> AsyncIterator[Tab]:
    """Open an address in a browser of its own."""
    program = chromium()
    assert program is not None
    with tempfile.TemporaryDirectory(prefix="advisor-browser-", ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            program,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            f"--user-data-dir={profile}",
            f"--window-size={width},{height}",
            "--remote-debugging-port=0",
            "about:blank",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            port = await _port(Path(profile) / "DevToolsActivePort")
            async with aiohttp.ClientSession() as http:
                async with http.get(f"http://127.0.0.1:{port}/json/list") as listed:
                    page = next(each for each in await listed.json() if each["type"] == "page")
                async with http.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                    tab = Tab(socket)
                    await tab.call("Emulation.setFocusEmulationEnabled", enabled=True)
                    await tab.call("Page.navigate", url=address)
                    yield tab
        finally:
            process.terminate()
            await process.wait()


async def _port(file: Path) -> int:
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                return int((await asyncio.to_thread(file.read_text)).splitlines()[0])
            except (OSError, IndexError, ValueError):
                await asyncio.sleep(0.05)
