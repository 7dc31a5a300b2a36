"""The session in a browser: who is let in, what the page fetches, and a real browser that uses it."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import psutil
import pytest

from tests.conftest import PATIENCE, ROOT, SAMPLE, Home, run_advisor
from tests.tui.browser import STEP_SECONDS, chromium, opened
from tests.tui.mails import WORDS, short_mails

# Each process that the server has started is one that it must end.
pytestmark = pytest.mark.usefixtures("cold")


@contextmanager
def served(home: Home, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve the session and yield its address and its process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "advisor", "--serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env={name: value for name, value in (os.environ | home.environment).items() if name != "NO_COLOR"},
    )
    try:
        yield process.stdout.readline().strip(), process
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)
        for stream in (process.stdout, process.stderr):
            stream.close()


def split(address: str) -> tuple[str, str]:
    """Return an address without its secret, and the secret."""
    parts = urlsplit(address)
    return f"http://{parts.netloc}", parts.query.removeprefix("secret=")


def is_alive(process: psutil.Process) -> bool:
    """Return whether a process runs; one that its new parent has only to take note of does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@asynccontextmanager
async def entered(home: Home, *arguments: str) -> AsyncIterator[tuple[aiohttp.ClientSession, str, Any]]:
    """Serve the session, enter by its address, and yield the client, the address without secret, and the process."""
    with served(home, *arguments) as (address, process):
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            async with http.get(address):
                pass
            yield http, split(address)[0], process


async def status(http: aiohttp.ClientSession, address: str, **headers: str) -> int:
    async with http.get(address, headers=headers, allow_redirects=False) as response:
        return response.status


async def test_only_who_has_the_secret_is_let_in(home: Home) -> None:
    """By the address or its cookie, from our own page, under a name of this machine; others are refused."""
    with served(home) as (address, _):
        base, secret = split(address)
        assert len(secret) >= 32
        port = urlsplit(base).port
        async with aiohttp.ClientSession() as http:
            assert await status(http, base + "/") == 403
            assert await status(http, base + "/ws") == 403
            assert await status(http, base + "/static/js/textual.js") == 403
            wrong = secret[:-1] + ("y" if secret.endswith("x") else "x")
            assert await status(http, f"{base}/?secret={wrong}") == 403
            assert await status(http, address, Host=f"evil.example:{port}") == 403
            assert await status(http, address, Origin="http://evil.example") == 403
            cookie = {"Cookie": f"advisor-{port}={secret}"}
            assert await status(http, base + "/", **cookie) == 200
            assert await status(http, base + "/", Host=f"localhost:{port}", **cookie) == 200
            assert await status(http, base + "/ws", Origin="http://evil.example", **cookie) == 403
            assert await status(http, base + "/ws", Host=f"evil.example:{port}", **cookie) == 403
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            async with http.get(address) as response:
                page = await response.text()
                assert response.status == 200
                assert "secret" not in str(response.url)
                policy = response.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "googleapis" not in page
            assert "http://" not in page
            async with http.ws_connect(f"{base}/ws?width=80&height=24", headers={"Origin": base}) as ws:
                written = b""
                while "What should the model do?" not in written.decode("utf-8", "replace"):
                    message = await ws.receive(timeout=PATIENCE)
                    assert message.type is aiohttp.WSMsgType.BINARY
                    written += message.data


async def test_closing_the_tab_ends_its_session(home: Home) -> None:
    """No process is left behind, and the server goes on."""
    async with entered(home) as (http, base, process):
        async with http.ws_connect(f"{base}/ws", headers={"Origin": base}) as ws:
            await ws.receive(timeout=PATIENCE)
            assert psutil.Process(process.pid).children(recursive=True)
        async with asyncio.timeout(PATIENCE):
            while psutil.Process(process.pid).children(recursive=True):  # noqa: ASYNC110  there is no event
                await asyncio.sleep(0.05)
        async with http.get(base + "/") as response:
            assert response.status == 200


def test_a_port_that_is_taken_is_one_line(home: Home) -> None:
    """As a wrong address is: exit code 2, and what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = run_advisor(home, "--serve", "--port", str(taken.getsockname()[1]))
    assert (ran.code, ran.out) == (2, "")
    assert "take another, or 0 for a free one" in ran.err
    ran = run_advisor(home, "--serve", "--host", "no.such.host")
    assert (ran.code, ran.out) == (2, "")
    assert "is not an IP address" in ran.err
    ran = run_advisor(home, "--serve", "models")
    assert (ran.code, ran.out) == (2, "")
    assert "--serve takes no command" in ran.err


MALFORMED = (
    "", "nonsense", "{}", "[]", "[1]", "null", '["stdin"]', '["stdin", 5]', '["stdin", "\\ud800"]', '["stdin", "a", 1]',
    '["resize", {}]', '["resize", [80, 24]]', '["resize", {"width": 1e99, "height": 24}]',
    '["resize", {"width": 80, "height": -1}]', '["resize", {"width": 1000000, "height": 24}]', '["ping", {"a": 1}]',
    '["quit"]', '["focus", "now"]', "[" * 100_000,
)  # fmt: skip


@pytest.mark.soak
async def test_what_the_page_never_sends_closes_the_tab(home: Home) -> None:
    """With one line each and no traceback; other tabs go on, and their processes are the only ones left."""
    async with entered(home, "--tabs", "40") as (http, base, process):
        async with http.ws_connect(f"{base}/ws?width=x&height=999999999", headers={"Origin": base}) as good:
            await good.receive(timeout=PATIENCE)
            for message in (*MALFORMED, b"bytes"):
                async with http.ws_connect(f"{base}/ws", headers={"Origin": base}) as ws:
                    await (ws.send_bytes(message) if isinstance(message, bytes) else ws.send_str(message))
                    while not ws.closed:
                        await ws.receive(timeout=PATIENCE)
                    assert ws.close_code == aiohttp.WSCloseCode.POLICY_VIOLATION, message
            # A frame with bits that nothing gives a meaning, then the connection's end in the middle of one.
            for frame in (b"\xf1\x80\0\0\0\0", b"\x81\xfe"):
                await _raw(base, http, frame)
            assert await status(http, f"{base}/ws") == 400
            await good.send_str('["ping", "17"]')
            while (shown := await good.receive(timeout=PATIENCE)).type is not aiohttp.WSMsgType.TEXT:
                pass
            assert json.loads(shown.data) == ["pong", "17"]
        async with asyncio.timeout(PATIENCE):
            while psutil.Process(process.pid).children(recursive=True):  # noqa: ASYNC110  there is no event
                await asyncio.sleep(0.05)
        process.send_signal(signal.SIGINT)
        await asyncio.to_thread(process.wait, PATIENCE)
        said = process.stderr.read().strip().splitlines()
    assert "Traceback" not in "".join(said), "\n".join(said[-40:])
    assert sum("closed a tab, for it sent a message" in line for line in said) >= len(MALFORMED) + 1
    assert all(line.startswith(("Open this address", "closed a tab", "a tab was closed")) for line in said), said


async def _raw(base: str, http: aiohttp.ClientSession, frame: bytes) -> None:
    """Begin a WebSocket by hand, send bytes on it, and leave."""
    parts = urlsplit(base)
    cookies = "; ".join(f"{each.key}={each.value}" for each in http.cookie_jar)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    asked = [
        "GET /ws HTTP/1.1", f"Host: {parts.netloc}", f"Origin: {base}", f"Cookie: {cookies}", "Upgrade: websocket",
        "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==", "", "",
    ]  # fmt: skip
    writer.write("\r\n".join(asked).encode())
    assert b"101" in await asyncio.wait_for(reader.readline(), PATIENCE)
    writer.write(frame)
    await writer.drain()
    writer.close()


async def test_no_more_tabs_than_are_allowed(home: Home) -> None:
    """One more is refused with the reason and starts nothing; one that is closed makes room. The page says how many."""
    with served(home, "--tabs", "2") as (address, process):
        base, _ = split(address)
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            async with http.get(address) as response:
                assert "Each tab is a session of its own, 2 at a time." in await response.text()
            first = await http.ws_connect(f"{base}/ws", headers={"Origin": base})
            async with http.ws_connect(f"{base}/ws", headers={"Origin": base}) as second:
                for ws in (first, second):
                    await ws.receive(timeout=PATIENCE)
                before = {each.pid for each in psutil.Process(process.pid).children()}
                third = await http.ws_connect(f"{base}/ws", headers={"Origin": base})
                refused = await third.receive(timeout=PATIENCE)
                assert (refused.type, refused.data) == (aiohttp.WSMsgType.CLOSE, aiohttp.WSCloseCode.TRY_AGAIN_LATER)
                assert (
                    refused.extra == "2 tabs are open, the most at a time: close one, or start the server with --tabs."
                )
                assert {each.pid for each in psutil.Process(process.pid).children()} <= before
            async with asyncio.timeout(PATIENCE):
                while True:
                    async with http.ws_connect(f"{base}/ws", headers={"Origin": base}) as third:
                        if (await third.receive(timeout=PATIENCE)).type is aiohttp.WSMsgType.BINARY:
                            break
                    await asyncio.sleep(0.1)
            await first.close()


@pytest.mark.soak
async def test_a_busy_session_still_hands_its_report_over(home: Home) -> None:
    """One that answers nothing for five seconds, as on a machine with other work: the file comes whole."""
    shutil.copytree(SAMPLE, home.data / "model-advisor" / "runs" / SAMPLE.name)
    async with entered(home) as (http, base, process), http.ws_connect(f"{base}/ws", headers={"Origin": base}) as ws:

        async def shown(words: str) -> str:
            text = ""
            async with asyncio.timeout(PATIENCE):
                async for message in ws:
                    text += message.data if message.type is aiohttp.WSMsgType.TEXT else message.data.decode()
                    if words in text:
                        return text
            raise AssertionError(text)

        await shown("What should the model do?")
        await ws.send_str('["stdin", "\\u001bOS"]')  # F4
        await shown("Browser")
        await ws.send_str('["stdin", "o"]')
        key = (await shown("deliver_file_start")).rpartition('"deliver_file_start", "')[2].partition('"')[0]
        sessions = psutil.Process(process.pid).children(recursive=True)
        for session in sessions:
            session.suspend()
        report = asyncio.ensure_future(http.get(f"{base}/download/{key}"))
        await asyncio.sleep(5)
        for session in sessions:
            session.resume()
        async with await report as response:
            assert (await response.text()).rstrip().endswith("</html>")


@pytest.mark.parametrize("answers", [True, False])
async def test_an_interrupt_ends_the_server_and_its_tabs(home: Home, *, answers: bool) -> None:
    """Soon, without a traceback: also browsers that read nothing and say nothing, and sessions that are stopped."""
    async with entered(home) as (http, base, process):
        for _ in range(2):
            ws = await http.ws_connect(f"{base}/ws", headers={"Origin": base}, autoclose=answers, autoping=answers)
            await ws.receive(timeout=PATIENCE)
        tabs = psutil.Process(process.pid).children(recursive=True)
        for tab in () if answers else tabs:
            tab.suspend()
        for _ in range(1 if answers else 2):
            process.send_signal(signal.SIGINT)
        await asyncio.to_thread(process.wait, PATIENCE)
        assert process.returncode == 0
        assert tabs
        assert not [tab for tab in tabs if is_alive(tab)]
        assert process.stderr.read().strip().count("\n") == 0


real = pytest.mark.skipif(chromium() is None, reason="no Chromium here")


@real
async def test_a_real_browser_uses_it(home: Home, tmp_path: Path) -> None:
    """It shows home and takes what is typed; nothing is fetched from another place; quitting ends it with a word."""
    with served(home) as (address, _):
        base, _ = split(address)
        async with opened(address) as tab:
            await tab.shows("What should the model do?")
            fetched = await tab.value("performance.getEntriesByType('resource').map(e => e.name)")
            assert all(name.startswith(base) for name in fetched), fetched
            await tab.picture(tmp_path / "home.png")
            await tab.type("spam or not")
            await tab.shows("spam or not")
            await tab.picture(tmp_path / "typed.png")
            assert (tmp_path / "home.png").read_bytes()[:4] == b"\x89PNG"
            assert (await tab.value("location.search")) == ""
            # What is quit ends the tab's session with a word about what is kept.
            await tab.control("q")
            await tab.until("document.body.classList.contains('-closed')")
            assert "is kept" in await tab.value("document.querySelector('#closed').innerText")


@real
async def test_what_is_typed_while_the_page_still_loads_is_not_lost(home: Home) -> None:
    """Keys count from the first thing that is seen: before the terminal is there, before the program behind it is."""
    with served(home) as (address, _):
        async with opened(address, kilobytes_a_second=300) as tab:
            await tab.until("document.querySelector('#opening')")
            assert not await tab.value("document.querySelector('.xterm')")
            await tab.type("is it spam? ")
            await tab.until("document.querySelector('.xterm')")
            await tab.type("yes or no ")
            await tab.until("document.body.classList.contains('-loaded')")
            await tab.type("é, ש, [b]: all of it")
            await tab.shows("is it spam? yes or no é, ש, [b]: all of it")


@real
async def test_a_report_is_handed_to_the_page(home: Home) -> None:
    """It opens in a tab of its own, in which nothing can run; what is on this machine is not named as an address."""
    shutil.copytree(SAMPLE, home.data / "model-advisor" / "runs" / SAMPLE.name)
    with served(home) as (address, _):
        base, _ = split(address)
        async with opened(address) as tab:
            await tab.shows("What should the model do?")
            await tab.press("F4")
            await tab.shows("Browser")
            await tab.press("o")
            async with tab.opened("/download/") as report:
                assert await report.value("document.querySelectorAll('h1').length") == 1
                assert (await report.value("location.href")).startswith(base)
                assert await report.value("document.querySelectorAll('svg, table').length")
                assert await report.value("window.origin") == "null"
                assert not await report.value("window.opener")


@real
@pytest.mark.soak
async def test_a_real_browser_goes_from_words_to_a_recommendation(ready_home: Home, tmp_path: Path) -> None:
    """Words and a path typed into the page, consent by a key: a run on the starter models, a picture of each page."""
    mails = short_mails(tmp_path)
    pictures = []
    with served(ready_home) as (address, _):
        async with opened(address, 1200, 700) as tab:
            await tab.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
            await tab.shows("What should the model do?")
            await tab.type(WORDS)
            await tab.shows(WORDS[:20])
            pictures.append(await tab.picture(tmp_path / "words.png"))
            await tab.press("Tab")
            await tab.type(str(mails))
            await tab.shows(mails.name)
            pictures.append(await tab.picture(tmp_path / "path.png"))
            await tab.press("Enter")
            await tab.shows("Start (ctrl+s)")
            pictures.append(await tab.picture(tmp_path / "plan.png"))
            await tab.control("s")
            await tab.shows("right on your examples")
            pictures.append(await tab.picture(tmp_path / "answer.png"))
            # The report goes to where the browser is.
            await tab.press("s")
            await tab.shows("Your browser downloads it.")
            await tab.press("Enter")
            (result,) = ready_home.data.glob("model-advisor/runs/*/result.json")
            document = json.loads(result.read_text(encoding="utf-8"))
            report = tmp_path / f"advisor-{document['run'][:8]}.html"
            async with asyncio.timeout(PATIENCE):
                while not report.is_file():  # noqa: ASYNC110  it has its name once it is whole
                    await asyncio.sleep(STEP_SECONDS)
    assert document["verdict"] == "passes"
    assert len(set(pictures)) == len(pictures)
    assert document["recommended"]["model"] in report.read_text(encoding="utf-8")
