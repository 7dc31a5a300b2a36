"""A small real HTTP server with scripted answers: refuses, stalls, sends invalid data, requires a key."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from tests.conftest import PATIENCE


class Asked(NamedTuple):
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


class Answer(NamedTuple):
    """What is answered; `seconds` passes before."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = {}  # noqa: RUF012  never changed
    wait: threading.Event | None = None


def said(text: str, **usage: int) -> Answer:
    """Return a chat's answer as OpenAI's protocol has it."""
    return Answer(body={"choices": [{"message": {"role": "assistant", "content": text}}], "usage": usage})


@contextmanager
def serving(script: Callable[[Asked], Answer]) -> Iterator[tuple[str, list[Asked]]]:
    """Serve on a free loopback port; yield the address and the list that requests are added to."""
    seen: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _answer(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                body = json.loads(raw) if raw else None
            except ValueError:
                body = raw
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, body)
            seen.append(asked)
            answer = script(asked)
            if answer.wait is not None:
                answer.wait.wait(PATIENCE)
            sent = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            try:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)
            except OSError:  # the client has gone
                self.close_connection = True

        do_GET = do_POST = _answer  # noqa: N815  the library's names

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
