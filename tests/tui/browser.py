"""A real Chromium without a window, driven over its debugging protocol.

The session's terminal is drawn on a canvas, which has no text. What it is drawn from passes through the page's
WebSocket, and the browser tells of that: so a tab's text is what a terminal makes of the same bytes, and a test waits
for words on it without asking again and again.
"""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pyte

from tests.conftest import PATIENCE

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
STEP_SECONDS = 0.05
LISTENING = b"DevTools listening on "
# Keys that have no character of their own: their number.
KEYS = {"Enter": 13, "Tab": 9, "Escape": 27, "ArrowDown": 40, "F4": 115, "F8": 119}
CHARACTERS = {"Enter": "\r", "Tab": "\t"}
# True once everything sent to the page is drawn.
DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(true)))))"
HOLDS = """new Promise(done => {
  const seen = () => { if (SCRIPT) { watch.disconnect(); done(true); } };
  const watch = new MutationObserver(seen);
  watch.observe(document, { subtree: true, childList: true, attributes: true });
  seen();
})"""


def chromium() -> str | None:
    """Return where a Chromium is, None if nowhere."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Tab:
    """One tab of the browser; `listen` must run concurrently with its use."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._sent = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._came = asyncio.Condition()
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self._screen)
        self.shown: list[tuple[str, dict[str, Any]]] = []

    async def listen(self) -> None:
        """Take in what the browser says, until it says no more."""
        async for message in self._socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            shown = json.loads(message.data)
            if (number := shown.get("id")) is not None:
                if not self._answers[number].done():
                    self._answers[number].set_result(shown)
                continue
            async with self._came:
                self._take(shown["method"], shown["params"])
                self._came.notify_all()

    def _take(self, event: str, shown: dict[str, Any]) -> None:
        payload = shown.get("response", {}).get("payloadData", "")
        if event == "Network.webSocketFrameReceived" and shown["response"]["opcode"] == aiohttp.WSMsgType.BINARY:
            self._stream.feed(base64.b64decode(payload))
        elif event == "Network.webSocketFrameSent" and payload.startswith('["resize"'):
            size = json.loads(payload)[1]
            self._screen.resize(size["height"], size["width"])
        elif not event.startswith("Network."):
            self.shown.append((event, shown))

    @asynccontextmanager
    async def opened(self, words: str) -> AsyncIterator[Tab]:
        """Wait for another tab whose address has these words, and yield it once it is loaded."""

        def found() -> str | None:
            shown = [each["targetInfo"] for event, each in self.shown if event.startswith("Target.targetInfo")]
            return next((each["targetId"] for each in shown if words in each["url"]), None)

        await self.wait(found)
        address = f"{str(self._socket._response.url).rsplit('/', 1)[0]}/{found()}"
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(address, max_msg_size=0) as socket,
            _listened(Tab(socket)) as tab,
        ):
            # Its address is known before it exists, and a page without scripts reports nothing by itself.
            loaded = f"document.readyState === 'complete' && location.href.includes({json.dumps(words)})"
            async with asyncio.timeout(PATIENCE):
                while not await tab.value(loaded):  # noqa: ASYNC110  as said
                    await asyncio.sleep(STEP_SECONDS)
            yield tab

    @property
    def text(self) -> str:
        """What the session's terminal shows."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    async def wait(self, holds: Callable[[], Any]) -> None:
        """Wait until something holds of what the tab shows or tells."""
        try:
            async with asyncio.timeout(PATIENCE), self._came:
                await self._came.wait_for(holds)
        except TimeoutError:
            raise AssertionError(self.text) from None

    async def shows(self, words: str) -> None:
        await self.wait(lambda: words in self.text)

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._sent += 1
        answer = self._answers[self._sent] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": self._sent, "method": method, "params": parameters})
        async with asyncio.timeout(PATIENCE):
            message = await answer
        assert "error" not in message, message
        return dict(message["result"])

    async def value(self, script: str) -> Any:
        """Return what a script is worth on the page."""
        shown = await self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return shown["result"].get("value")

    async def until(self, script: str) -> None:
        """Wait until a script is true on the page, which is asked whenever its elements change."""
        assert await self.value(HOLDS.replace("SCRIPT", script))

    async def type(self, text: str) -> None:
        for character in text:
            await self.press(character)

    async def press(self, key: str) -> None:
        """Press a key: a character, or a name such as "Enter"."""
        number = {"windowsVirtualKeyCode": KEYS[key], "code": key} if key in KEYS else {}
        text = CHARACTERS.get(key, "" if number else key)
        await self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **number, **({"text": text} if text else {}))
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=key, **number)

    async def control(self, letter: str) -> None:
        await self.call(
            "Input.dispatchKeyEvent",
            type="rawKeyDown",
            key=letter,
            code=f"Key{letter.upper()}",
            modifiers=2,
            windowsVirtualKeyCode=ord(letter.upper()),
        )

    async def picture(self, path: Path) -> bytes:
        """Write what the tab shows into a PNG file, and return it."""
        await self.value(DRAWN)
        shown = await self.call("Page.captureScreenshot", format="png")
        content = base64.b64decode(shown["data"])
        await asyncio.to_thread(path.write_bytes, content)
        return content


@asynccontextmanager
async def opened(
    address: str, width: int = 1000, height: int = 640, kilobytes_a_second: int | None = None
) -> AsyncIterator[Tab]:
    """Open an address in a browser of its own."""
    program = chromium()
    assert program is not None
    with tempfile.TemporaryDirectory(prefix="advisor-browser-", ignore_cleanup_errors=True) as profile:
        # What a key asks for more than 5 seconds before, on a busy machine, is a popup that nobody asked for.
        process = await asyncio.create_subprocess_exec(
            program, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-popup-blocking",
            f"--user-data-dir={profile}", f"--window-size={width},{height}", "--remote-debugging-port=0", "about:blank",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stderr is not None
        rest = None
        try:
            port = await _port(process.stderr)
            rest = asyncio.create_task(_drain(process.stderr))
            async with aiohttp.ClientSession() as http:
                async with http.get(f"http://127.0.0.1:{port}/json/list") as listed:
                    page = next(each for each in await listed.json() if each["type"] == "page")
                async with (
                    http.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0) as socket,
                    _listened(Tab(socket)) as tab,
                ):
                    await tab.call("Emulation.setFocusEmulationEnabled", enabled=True)
                    for domain in ("Network", "Page"):
                        await tab.call(f"{domain}.enable")
                    await tab.call("Target.setDiscoverTargets", discover=True)
                    if kilobytes_a_second is not None:
                        await tab.call(
                            "Network.emulateNetworkConditions",
                            offline=False,
                            latency=20,
                            downloadThroughput=kilobytes_a_second * 1000,
                            uploadThroughput=kilobytes_a_second * 1000,
                        )
                    await tab.call("Page.navigate", url=address)
                    yield tab
        finally:
            process.terminate()
            await process.wait()
            if rest is not None:
                await rest


@asynccontextmanager
async def _listened(tab: Tab) -> AsyncIterator[Tab]:
    listening = asyncio.create_task(tab.listen())
    try:
        yield tab
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


async def _port(said: asyncio.StreamReader) -> int:
    """Return the port that the browser says it listens at."""
    async with asyncio.timeout(PATIENCE):
        async for line in said:
            if line.startswith(LISTENING):
                return int(line.decode().rsplit(":", 1)[1].split("/")[0])
    raise AssertionError("the browser has ended")


async def _drain(said: asyncio.StreamReader) -> None:
    while await said.read(1 << 16):
        pass
