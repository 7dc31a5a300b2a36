"""huggingface_hub's own client, asked with patience; its errors told plainly and without the key."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from advisor.errors import one_line
from advisor.probe.runtimes.base import CircumstanceError
from advisor.probe.runtimes.openai_server import SECONDS
from advisor.servers import client as http
from advisor.servers.address import parse
from advisor.servers.client import OutOfReachError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable


class Asking:
    """The client, with patience, and with its errors told plainly and without the key."""

    def __init__(self, options: dict[str, Any], key: str | None) -> None:
        from huggingface_hub import InferenceClient, set_client_factory

        url = options.get("url")
        self.place = parse(str(url)).place if url else str(options.get("provider"))
        self.is_here = bool(url) and parse(str(url)).is_here
        self._key, self._seconds = key, float(options.get("seconds") or SECONDS)
        self._library = http.library()
        # Redirections would carry examples to a host that nobody agreed to; a proxy is not this machine.
        set_client_factory(lambda: self._library.Client(follow_redirects=False, trust_env=not self.is_here))
        where = {"base_url": str(url)} if url else {"model": options["model"], "provider": options.get("provider")}
        self.client = InferenceClient(**where, api_key=key, timeout=self._seconds)

    def hide(self, text: str) -> str:
        """Return a text without the key."""
        return text.replace(self._key, http.HIDDEN) if self._key else text

    def ask(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401  the client's own types
        """Return what the client answers; a busy provider is asked again.

        Raises:
            OutOfReachError: if it cannot be asked, stays busy, refuses the key, or answers in another form.
            RefusedError: if it refuses this request.
        """
        from huggingface_hub.errors import HfHubHTTPError, InferenceTimeoutError

        deadline = time.monotonic() + self._seconds
        for wait in (*http.WAITS, None):
            try:
                return call()
            except InferenceTimeoutError:
                raise OutOfReachError(self._words(f"did not answer within {self._seconds:.3g} s")) from None
            except HfHubHTTPError as error:
                status, told = error.response.status_code, _text(error)
                pause = http.retry_after_seconds(error.response.headers.get("retry-after"))
                pause = wait if pause is None else pause
                if status not in http.BUSY or wait is None or pause is None or time.monotonic() + pause >= deadline:
                    raise self._refusal(status, told) from None
                time.sleep(pause)
            except self._library.HTTPError as error:
                raise OutOfReachError(self._words(f"cannot be reached ({one_line(error, 160)})")) from None
            except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
                raise OutOfReachError(
                    self._words(f"answers in another form ({one_line(f'{type(error).__name__}: {error}', 200)})")
                ) from None
        raise OutOfReachError(self._words("stays busy"))

    def for_example(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401  the client's own types
        """Ask for one example: what is refused is its error.

        Raises:
            RuntimeError: if the request is refused.
            CircumstanceError: if the provider cannot be asked.
        """
        try:
            return self.ask(call)
        except RefusedError as error:
            raise RuntimeError(str(error)) from None
        except OutOfReachError as error:
            raise CircumstanceError(str(error)) from None

    def _refusal(self, status: int, told: str) -> OutOfReachError | RefusedError:
        if status in http.CURES:
            cure = http.CURES[status].replace("the variable that key_env names", "HF_TOKEN")
            return OutOfReachError(self._words(f"answers {status}: {cure}{told}"))
        if status in http.BUSY or status < 400:  # noqa: PLR2004
            return OutOfReachError(self._words(f"answers {status}{told}"))
        return RefusedError(self._words(f"answers {status}{told}"))

    def _words(self, what: str) -> str:
        return self.hide(f"the provider {self.place} {what}")


def _text(error: Any) -> str:  # noqa: ANN401  the client's error
    try:
        return http.reason(error.response.content)
    except Exception:  # noqa: BLE001  a stream that was not read
        return f" ({one_line(error, 160)})"
