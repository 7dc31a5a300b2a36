"""The session in a browser: textual-serve, for whoever was given the address and nobody else.

The server by itself answers anyone: a page open in the same browser may connect to a WebSocket on this machine, and so
may any other user of it. So each start makes a secret that stands in the address and becomes a cookie. Every request
must carry it, be addressed to us by a name of ours, and come from our own page; and that takes nothing from elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import ipaddress
import secrets
import shlex
import signal
import socket
import sys
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import psutil
from aiohttp import web
from textual_serve.server import Server, to_int

from advisor.cli.diagnostics import emit, say
from advisor.errors import ExitCode, InputError, one_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# What a report handed to the page may do there: be read. It stands beside the session, and holds texts from outside.
REPORT_POLICY = "sandbox allow-downloads; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
DRIVER = "tui.page_driver:PageDriver"
PAGE = Path(__file__).parent / "web" / "index.html"
SMALLEST, NORMAL, LARGEST = 8, 16, 48
# An open tab does not end by itself; its session is told to when the server stops.
SHUTDOWN_SECONDS, LAST_WAIT_SECONDS = 1.0, 5.0
USUAL_PORT = 80
DENIED = "This address needs the secret that `advisor --serve` printed: open the whole address from there."


class SessionServer(Server):
    """Starts a session for each visitor who may have one."""

    def __init__(self, listener: socket.socket, secret: str) -> None:
        """Serve on a socket that listens already.

        Args:
            listener: Bound to address and port.
            secret: What an address must carry.
        """
        host, port = listener.getsockname()[:2]
        command = f"TEXTUAL_DRIVER={DRIVER} {shlex.quote(sys.executable)} -P -m tui"
        super().__init__(command, host, port, title="Model Advisor")
        self._listener = listener
        self._secret = secret
        self._cookie = f"advisor-{port}"
        self.is_local = ipaddress.ip_address(host).is_loopback
        names = {host, "localhost", "127.0.0.1", "::1"}
        written = {f"[{name}]" if ":" in name else name for name in names}
        # Browsers leave the usual port out.
        self._names = {f"{name}:{port}" for name in written} | (written if port == USUAL_PORT else set())

    @property
    def address(self) -> str:
        """What to open in the browser."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/?secret={self._secret}"

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._guard)
        app.router.add_get("/session.js", self._script)
        app.on_response_prepare.append(_restrict)
        app.on_cleanup.append(_end_sessions)
        return app

    async def on_startup(self, app: web.Application) -> None:
        """Print the address: from now on it is answered."""
        del app
        emit(self.address)
        say("Open this address in a browser. Each tab is a session of its own; Ctrl-C here ends them all.")
        if not self.is_local:
            say("Whoever has this address can use the session, and sees what you type: nothing is encrypted.")

    async def _script(self, request: web.Request) -> web.FileResponse:
        del request
        return web.FileResponse(PAGE.with_name("session.js"))

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let through what carries the secret and comes from our own page."""
        # By another name that points here, a foreign page would count as ours in the browser's eyes.
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
        """Return the page; nothing on it is fetched from another place."""
        size = min(LARGEST, max(SMALLEST, to_int(request.query.get("fontsize", str(NORMAL)), NORMAL)))
        text = Template(PAGE.read_text(encoding="utf-8")).substitute(websocket=f"ws://{request.host}/ws", size=size)
        response = web.Response(text=text, content_type="text/html")
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
            f"img-src 'self' data:; connect-src 'self' ws://{request.host}; frame-ancestors 'none'; base-uri 'none'"
        )
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    def run(self) -> None:
        """Serve until interrupted."""
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
    """Let nothing of what is handed to the page run there, nor be taken for something else."""
    if request.path.startswith("/download/"):
        response.headers["Content-Security-Policy"] = REPORT_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"


async def _end_sessions(app: web.Application) -> None:
    """End the tabs' processes, which close down when they are told to, and wait for them."""
    del app
    tabs = psutil.Process().children(recursive=True)
    for tab in tabs:
        with contextlib.suppress(psutil.Error):
            tab.terminate()
    _, left = await asyncio.to_thread(psutil.wait_procs, tabs, LAST_WAIT_SECONDS)
    for tab in left:
        with contextlib.suppress(psutil.Error):
            tab.kill()


def serve(host: str, port: int) -> int:
    """Offer the session to a browser until interrupted; return the exit code.

    Args:
        host: An address of this machine; a loopback address unless others shall reach it.
        port: 0 takes a free one.

    Raises:
        InputError: if it cannot be listened there.
    """
    SessionServer(_listen(host, port), secrets.token_urlsafe(24)).run()
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
