"""The local Hub: records, repositories, faults and a log, served to the real client over loopback."""

import os
import re
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.local_hub import facts, repos, routes
from tests.local_hub.datasets import Datasets
from tests.local_hub.faults import Faults
from tests.local_hub.limits import RateLimits
from tests.local_hub.records import Records
from tests.local_hub.server import HubServer
from tests.local_hub.wire import HubError, Request, Response


class LocalHub:
    """A Hub for tests.

        with LocalHub() as hub:
            hub.add_repo("acme/tiny", folder, pipeline_tag="text-classification")
            ... run a process with hub.environment(home) ...
            assert hub.requests[-1].status == 200

    Attributes:
        records: The models listed; change them at any time.
        repos: The models whose files are served, by id.
        datasets: The dataset repositories, which clients may write to.
        faults: What goes wrong, from now on.
        limits: The rate limits told and kept.
        tokens: User name by valid token.
        grants: Pairs of model id and token that may read a gated model's files.
        errors: Exceptions raised by the hub itself; leaving the `with` block raises them.
    """

    def __init__(self, *, tokens: Mapping[str, str] | None = None) -> None:
        """Bind a free port, but answer only once entered; `tokens` has user names by valid token."""
        self.records = Records()
        self.repos: dict[str, repos.Repo] = {}
        self.datasets = Datasets()
        self.faults = Faults()
        self.limits = RateLimits()
        self.tokens = dict(tokens or {})
        self.grants: set[tuple[str, str | None]] = set()
        self.errors: list[Exception] = []
        self._log: list[Request] = []
        self._changed = threading.Condition()
        self._released = threading.Event()
        self._server = HubServer(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="local-hub")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, ending stalls and open connections."""
        self._server.shutdown()
        self._thread.join()
        self.release()
        self._server.close_connections()
        self._server.server_close()
        self.datasets.close()
        if self.errors and error is None:
            raise ExceptionGroup("The local Hub failed while answering", self.errors)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def environment(self, home: Path, *, token: str | None = None) -> dict[str, str]:
        """Return a process environment in which huggingface_hub talks to this hub alone."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
        kept |= {
            "HF_ENDPOINT": self.url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_UPDATE_CHECK": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }  # fmt: skip
        if token is not None:
            kept["HF_TOKEN"] = token
        return kept

    def add_repo(self, model_id: str, folder: Path, *, revision: str | None = None, **fields: Any) -> str:
        """Serve a folder as a model; called again for the same model, as its next commit."""
        if revision is not None and not re.fullmatch(r"[0-9a-f]{40}", revision):
            raise ValueError(f"A revision has 40 hexadecimal digits, not {revision!r}")
        files = repos.read_folder(folder)
        repo = self.repos.setdefault(model_id, repos.Repo())
        commit = repo.commit(files, revision)
        siblings = [file.sibling(blobs=False) for file in repo.commits[commit].values()]
        known = self.records.get(model_id) or {}
        told = {"downloads": 0, **known, **facts.read_facts(folder), **fields}
        self.records.put(model_id, **{**told, "sha": commit, "siblings": siblings})
        return commit

    def grant(self, model_id: str, token: str) -> None:
        """Let the holder of a token read the files of a gated model."""
        self.grants.add((model_id, token))

    @property
    def requests(self) -> list[Request]:
        with self._changed:
            return list(self._log)

    @property
    def sent_bytes(self) -> int:
        """How many bytes of files it has sent."""
        return sum(each.sent for each in self.requests if each.method == "GET" and "/resolve/" in each.path)

    def forget_requests(self) -> None:
        with self._changed:
            self._log.clear()

    def wait_for(self, wanted: Callable[[Request], bool], timeout: float = 180) -> Request:
        """Wait until a request has arrived (its `status` is None while unanswered) and return it."""

        def find() -> Request | None:
            return next((request for request in self._log if wanted(request)), None)

        with self._changed:
            found = self._changed.wait_for(find, timeout)
        if found is None:
            raise TimeoutError(f"No such request within {timeout} s")
        return found

    def release(self) -> None:
        """End the stalls of the moment: their connections close without an answer."""
        with self._changed:
            released, self._released = self._released, threading.Event()
        released.set()

    def user(self, request: Request) -> str | None:
        """Return the name of the request's user, or None for the anonymous."""
        return None if request.token is None else self.tokens.get(request.token)

    def arrived(self, request: Request) -> None:
        """Log a request (called by the server)."""
        with self._changed:
            self._log.append(request)
            self._changed.notify_all()

    def answered(self, request: Request) -> None:
        """Tell those who wait that a request has been answered (called by the server)."""
        with self._changed:
            self._changed.notify_all()

    def stall(self) -> None:
        """Keep the calling thread until the stall is released (called by the server)."""
        with self._changed:
            released = self._released
        released.wait()

    def answer(self, request: Request) -> Response:
        """Work out the answer to a request, its faults included (called by the server)."""
        allowed, told = self.limits.count(request)
        striking = self.faults.striking(request)
        request.faults += [type(fault).__name__ for fault in striking]
        answers = [fault.before(request) for fault in striking]
        response = next((answer for answer in answers if answer is not None), None)
        if response is None:
            response = self._route(request, allowed=allowed)
        for fault in striking:
            response = fault.spoil(response)
        response.headers = {**told, **response.headers}
        return response

    def _route(self, request: Request, *, allowed: bool) -> Response:
        """Answer without faults."""
        if not allowed:
            return HubError(429, "We had to rate limit you").response()
        try:
            return routes.answer(self, request)
        except HubError as error:
            return error.response()
        except Exception as error:  # noqa: BLE001 - whatever it is, it fails the test at the end
            self.errors.append(error)
            return HubError(500, f"The local Hub failed: {error!r}").response()
