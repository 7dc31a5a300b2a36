"""The HTTP side: one thread a connection, kept alive, every answer possibly cut or stalled by a fault."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote

from tests.local_hub.wire import Request, Response, Slice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.local_hub.hub import LocalHub

_CHUNK = 64 * 1024


class HubServer(ThreadingHTTPServer):
    """Listens on the loopback interface for one `LocalHub`."""

    daemon_threads = False
    request_queue_size = 64

    def __init__(self, hub: LocalHub) -> None:
        self.hub = hub
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        """Bind without the look-up of the host's name, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        """Accept a connection and remember it."""
        connection, address = super().get_request()
        with self._open_lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Close a connection and forget it."""
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore a connection that broke (the client's side of it is what tests look at), keep the rest."""
        error = sys.exception()
        if isinstance(error, Exception) and not isinstance(error, OSError):
            self.hub.errors.append(error)

    def close_connections(self) -> None:
        """Break every open connection, so that their threads end."""
        with self._open_lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """Reads requests, has the hub answer, and sends the answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: HubServer

    def _handle(self) -> None:
        request = self._read()
        self.server.hub.arrived(request)
        response = self.server.hub.answer(request)
        if response.cut_after == -1 or response.stall_after == -1:
            if response.stall_after == -1:
                self.server.hub.stall()
            self.close_connection = True
            return
        self._send(request, response)

    do_GET = do_HEAD = do_POST = do_PUT = _handle  # noqa: N815 - names that the base class looks up

    def _read(self) -> Request:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path, _, query = self.path.partition("?")
        return Request(
            method=self.command,
            path=unquote(path),
            target=self.path,
            query=parse_qs(query, keep_blank_values=True),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
        )

    def _send(self, request: Request, response: Response) -> None:
        """Send an answer, as far as the faults let it."""
        self.send_response_only(response.status)
        for name, value in ({"Content-Length": str(response.length)} | response.headers).items():
            self.send_header(name, value)
        self.end_headers()
        request.status = response.status
        if request.method != "HEAD":
            ends = [end for end in (response.cut_after, response.stall_after) if end is not None]
            for piece in _pieces(response, min(ends, default=response.length)):
                self.wfile.write(piece)
                request.sent += len(piece)
            if response.stall_after is not None:
                self.server.hub.stall()
            if ends:
                self.close_connection = True
        self.server.hub.answered(request)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Stay silent; the hub's own log is for the tests."""


def _pieces(response: Response, length: int) -> Iterator[bytes]:
    """Yield the first `length` bytes of a body in pieces."""
    if not isinstance(response.body, Slice):
        yield response.body[:length]
        return
    left = min(length, response.body.length)
    with response.body.path.open("rb") as file:
        file.seek(response.body.start)
        while left and (piece := file.read(min(left, _CHUNK))):
            left -= len(piece)
            yield piece
