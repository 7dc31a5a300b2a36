"""The session in a browser: textual-serve, restricted to those who know the address.

By itself the server answers anyone: a page open in the same browser may connect to a WebSocket on this machine, and so
may any other user of it. So each start creates a secret that is part of the address and becomes a cookie. Every
request must have it, be addressed to one of our names, and come from our own page, which loads nothing from elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import ipaddress
import json
import logging
import secrets
import shlex
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import psutil
from aiohttp import WSCloseCode, WSMsgType, web
from textual_serve import download_manager
from textual_serve.app_service import AppService
from textual_serve.server import Server, to_int

from advisor.errors import ExitCode, InputError, one_line
from advisor.system.streams import emit, say
from advisor.workflow.settings import HERE

if TYPE_CHECKING:
    from advisor.cluster.placement import Place

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


LARGEST_SIDE, LONGEST_PING = 1000, 100
TWO = 2
STEP_SECONDS = 0.02


class MalformedError(Exception):
    """A tab sent something that the page never sends."""


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not any("\ud800" <= character <= "\udfff" for character in value)


def _is_size(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    sides = [value.get("width"), value.get("height")]
    return all(type(side) is int and 1 <= side <= LARGEST_SIDE for side in sides)


# Validators of the page's messages, by kind.
KINDS: dict[str, Callable[[Any], bool]] = {
    "stdin": _is_text,
    "resize": _is_size,
    "ping": lambda value: _is_text(value) and len(value) <= LONGEST_PING,
    "focus": lambda value: value is None,
    "blur": lambda value: value is None,
}


def message_of(text: str | None) -> tuple[str, Any]:
    """Return a message's kind and value; None stands for a message that is no text.

    MalformedError if the page never sends such a message.
    """
    if text is None:
        raise MalformedError("a message that is no text")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedError("a message that is no JSON") from None
    if not isinstance(data, list) or len(data) not in (1, TWO) or not isinstance(data[0], str):
        raise MalformedError("a message that is no list of a kind and a value")
    kind, value = data[0], data[1] if len(data) == TWO else None
    if kind not in KINDS:
        raise MalformedError("a message of a kind that is not known")
    if not KINDS[kind](value):
        raise MalformedError(f"a message of the kind {kind} with a value that is none of its")
    return kind, value


def side(text: str | None, usual: int) -> int:
    """Return the width or height of a tab's terminal, in cells, from its address, or the default if invalid."""
    try:
        cells = int(text or "")
    except ValueError:
        return usual
    return min(LARGEST_SIDE, max(1, cells))


async def end(processes: Sequence[psutil.Process], patience: float) -> None:
    """End processes: terminate them, and kill them after the timeout.

    Waiting for them is up to the caller: a second wait would lose the exit status.
    """
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    if not await _have_ended(processes, patience):
        for process in processes:
            with contextlib.suppress(psutil.Error):
                process.kill()
        await _have_ended(processes, patience)


async def _have_ended(processes: Sequence[psutil.Process], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(map(_is_alive, processes)):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(STEP_SECONDS)
    return True


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def processes_of(pid: int | None = None) -> list[psutil.Process]:
    """Return a process's descendants, by default this one's. A named process comes first."""
    try:
        leader = psutil.Process(pid)
        return ([] if pid is None else [leader]) + leader.children(recursive=True)
    except psutil.Error:
        return []


# What a report may do in the browser: be read. It is next to the session, and holds outside texts.
REPORT_POLICY = "sandbox allow-downloads; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
DRIVER = "tui.page_driver:PageDriver"
PAGE = Path(__file__).parent / "web" / "index.html"
SMALLEST, NORMAL, LARGEST = 8, 16, 48
# Each tab is a session with processes of its own, some hundred megabytes.
MOST_TABS = 8
# Less than two seconds in total: tabs' connections are closed, then their processes terminated, then killed.
CLOSE_SECONDS, END_SECONDS, SHUTDOWN_SECONDS = 0.3, 0.7, 0.2
# Closing a tab ends its session, which may have something to write.
QUIT_SECONDS = 5.0
# How long a busy session may take to hand over a part of a file; after the library's 4 a download would break off.
download_manager.DOWNLOAD_TIMEOUT = 120
HEARTBEAT_SECONDS = 15
USUAL_PORT = 80
DENIED = "This address needs the secret that `advisor --serve` printed: open the whole address from there."


class SessionServer(Server):
    """Starts a session for each authorised visitor."""

    def __init__(
        self, listener: socket.socket, secret: str, most_tabs: int = MOST_TABS, place: Place | None = None
    ) -> None:
        """Serve on a listening socket.

        Args:
            listener: Bound to address and port.
            secret: The secret of the address.
            most_tabs: The maximum number of sessions.
            place: The cluster that they probe on.
        """
        host, port = listener.getsockname()[:2]
        command = f"TEXTUAL_DRIVER={DRIVER} {shlex.quote(sys.executable)} -P -m tui"
        command += f" {shlex.join([HERE, '1'] if place is None else [place.on, str(place.replicas), *place.labels])}"
        super().__init__(command, host, port, title="Model Advisor")
        self._listener = listener
        self._secret = secret
        self._cookie = f"advisor-{port}"
        self._most_tabs = most_tabs
        self._tabs: set[web.WebSocketResponse] = set()
        self._is_ending = False
        self.is_local = ipaddress.ip_address(host).is_loopback
        names = {host, "localhost", "127.0.0.1", "::1"}
        written = {f"[{name}]" if ":" in name else name for name in names}
        # Browsers omit the default port.
        self._names = {f"{name}:{port}" for name in written} | (written if port == USUAL_PORT else set())

    @property
    def address(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/?secret={self._secret}"

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._guard)
        app.router.add_get("/session.js", self._script)
        app.on_response_prepare.append(_restrict)
        return app

    async def on_startup(self, app: web.Application) -> None:
        """Print the address: from now on it is answered."""
        emit(self.address)
        say(
            f"Open this address in a browser. Each tab is a session of its own, {self._most_tabs} at most; Ctrl-C here "
            "ends them all."
        )
        if not self.is_local:
            say("Anyone with this address can use the session, and sees what you type: nothing is encrypted.")

    async def _script(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE.with_name("session.js"))

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Accept requests that have the secret and come from our own page."""
        # Under another name for this address, a foreign page would count as ours in the browser.
        if self.is_local and request.host not in self._names:
            raise web.HTTPForbidden(text="This is not an address of this server.")
        origin = request.headers.get("Origin")
        if origin is not None and origin != f"http://{request.host}":
            raise web.HTTPForbidden(text="Another site's page may not use the session.")
        if self._is_right(request.query.get("secret")) and request.path == "/":
            found = web.HTTPSeeOther("/")
            found.set_cookie(self._cookie, self._secret, httponly=True, samesite="Lax")
            raise found
        if not self._is_right(request.cookies.get(self._cookie)):
            raise web.HTTPForbidden(text=DENIED)
        return await handler(request)

    def _is_right(self, secret: str | None) -> bool:
        return secret is not None and hmac.compare_digest(secret.encode(), self._secret.encode())

    async def handle_index(self, request: web.Request) -> web.Response:
        """Return the page; it loads nothing from other places."""
        size = min(LARGEST, max(SMALLEST, to_int(request.query.get("fontsize", str(NORMAL)), NORMAL)))
        text = Template(PAGE.read_text(encoding="utf-8")).substitute(
            websocket=f"ws://{request.host}/ws", size=size, most=self._most_tabs
        )
        response = web.Response(text=text, content_type="text/html")
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
            f"img-src 'self' data:; connect-src 'self' ws://{request.host}; frame-ancestors 'none'; base-uri 'none'"
        )
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Show a session of its own on a tab, within the limit of tabs."""
        websocket = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, timeout=CLOSE_SECONDS)
        await websocket.prepare(request)
        if len(self._tabs) >= self._most_tabs or self._is_ending:
            words = f"{self._most_tabs} tabs are open, the most at a time: close one, or start the server with --tabs."
            say(f"refused a tab: {words}")
            await websocket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=words.encode())
            return websocket
        self._tabs.add(websocket)

        async def close() -> None:
            await websocket.close()

        service = AppService(
            self.command,
            write_bytes=websocket.send_bytes,
            write_str=websocket.send_str,
            close=close,
            download_manager=self.download_manager,
        )
        try:
            await service.start(side(request.query.get("width"), 80), side(request.query.get("height"), 24))
            await self._process_messages(websocket, service)
        except OSError as error:  # the tab is closed, or no process can be started
            say(f"a tab was closed: {one_line(error)}")
        finally:
            await _end_session(service)
            self._tabs.discard(websocket)
        return websocket

    async def _process_messages(self, websocket: web.WebSocketResponse, app_service: AppService) -> None:
        """Pass a tab's messages on; an invalid message closes the tab."""
        async for message in websocket:
            try:
                kind, value = message_of(message.data if message.type is WSMsgType.TEXT else None)
            except MalformedError as error:
                say(f"closed a tab, for it sent {error}")
                await websocket.close(code=WSCloseCode.POLICY_VIOLATION, message=f"The tab sent {error}.".encode())
                return
            if kind == "stdin":
                await app_service.send_bytes(value.encode())
            elif kind == "resize":
                await app_service.set_terminal_size(value["width"], value["height"])
            elif kind == "ping":
                await websocket.send_json(["pong", value])
            else:
                await (app_service.focus() if kind == "focus" else app_service.blur())

    async def on_shutdown(self, app: web.Application) -> None:
        """End all sessions, within two seconds: their measurements are on the disk."""
        self._is_ending = True
        words = b"The server was stopped. What was answered and measured is kept."
        ending = asyncio.create_task(end(processes_of(), END_SECONDS))
        closing = [tab.close(code=WSCloseCode.GOING_AWAY, message=words) for tab in tuple(self._tabs)]
        await asyncio.gather(*closing, return_exceptions=True)
        await ending
        await end(processes_of(), CLOSE_SECONDS)  # processes just being started

    def request_exit(self) -> None:
        """Stop the server; a second interrupt changes nothing."""
        if not self._is_ending:
            self._is_ending = True
            super().request_exit()

    def run(self) -> None:
        # The library reports tabs that were closed early as errors.
        logging.getLogger("textual-serve").addHandler(logging.NullHandler())
        loop = asyncio.new_event_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, self.request_exit)
        web.run_app(
            self._make_app(),
            sock=self._listener,
            handle_signals=False,
            loop=loop,
            print=None,
            access_log=None,
            shutdown_timeout=SHUTDOWN_SECONDS,
        )


async def _restrict(request: web.Request, response: web.StreamResponse) -> None:
    """Prevent content handed to the page from running there, or being sniffed as another type."""
    if request.path.startswith("/download/"):
        response.headers["Content-Security-Policy"] = REPORT_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"


async def _end_session(service: AppService) -> None:
    """End a tab's session: ask it to quit, and kill it with its children if it does not."""
    process = service._process  # noqa: SLF001  the library has no other way to it
    try:
        stopping = asyncio.ensure_future(service.stop())
        done, _ = await asyncio.wait({stopping}, timeout=QUIT_SECONDS)
        if not done and process is not None:
            await end(processes_of(process.pid), END_SECONDS)
        with contextlib.suppress(Exception):
            await stopping
        if process is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), QUIT_SECONDS)
    finally:
        # The library leaves a process's pipes to the garbage collector, which may run after the loop's end.
        if process is not None:
            process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001


def serve(host: str, port: int, most_tabs: int = MOST_TABS, place: Place | None = None) -> int:
    """Serve the session to browsers until interrupted; return the exit code.

    The host is an address of this machine: a loopback address unless other machines should reach it. Port 0 is any
    free one. InputError if the server cannot listen there.
    """
    SessionServer(_listen(host, port), secrets.token_urlsafe(24), most_tabs, place).run()
    return ExitCode.PASSES


def _listen(host: str, port: int) -> socket.socket:
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise InputError(f"--host: {one_line(host, 60)} is not an IP address, such as 127.0.0.1") from None
    listener = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET)  # noqa: PLR2004
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((str(address), port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise InputError(
            f"--port {port}: cannot be listened on at {address} ({one_line(error)}); take another, or 0 for a free one"
        ) from None
    return listener
