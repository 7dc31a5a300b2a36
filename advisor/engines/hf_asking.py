"""huggingface_hub's own client, asked with patience; its errors told plainly and without the key."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from advisor.engines.openai_server import SECONDS, answering
from advisor.errors import one_line
from advisor.servers.address import parse
from advisor.servers.client import HIDDEN, library
from advisor.servers.errors import OutOfReachError
from advisor.servers.patience import A_KEY, BUSY, Busy, patiently, reason, refusal, retry_after_seconds

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
        self._key_name = str(options.get("key_env") or A_KEY)
        self._library = library()
        # Redirections would carry examples to a host that nobody agreed to; a proxy is not this machine.
        set_client_factory(lambda: self._library.Client(follow_redirects=False, trust_env=not self.is_here))
        where = {"base_url": str(url)} if url else {"model": options["model"], "provider": options.get("provider")}
        self.client = InferenceClient(**where, api_key=key, timeout=self._seconds)

    def hide(self, text: str) -> str:
        """Return a text without the key."""
        return text.replace(self._key, HIDDEN) if self._key else text

    def ask(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401  the client's own types
        """Return what the client answers; a busy provider is asked again.

        Raises:
            OutOfReachError: if it cannot be asked, stays busy, refuses the key, or answers in another form.
            RefusedError: if it refuses this request.
        """
        answer = patiently(partial(self._once, call), seconds=self._seconds)
        if isinstance(answer, Busy):
            raise refusal(self._words, answer.status, answer.told, retry_after=answer.retry_after)
        return answer

    def for_example(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401  the client's own types
        """Ask for one example: what is refused is its error.

        Raises:
            RuntimeError: if the request is refused.
            CircumstanceError: if the provider cannot be asked.
        """
        with answering():
            return self.ask(call)

    def _once(self, call: Callable[[], Any], _: float) -> Any:  # noqa: ANN401  the client's own types
        """Ask once; the client has a time-out of its own."""
        from huggingface_hub.errors import HfHubHTTPError, InferenceTimeoutError

        try:
            return call()
        except InferenceTimeoutError:
            raise OutOfReachError(self._words(f"did not answer within {self._seconds:.3g} s")) from None
        except HfHubHTTPError as error:
            status, told = error.response.status_code, _text(error)
            if status in BUSY:
                return Busy(status, told, retry_after_seconds(error.response.headers.get("retry-after")))
            raise refusal(self._words, status, told, key=self._key_name) from None
        except self._library.HTTPError as error:
            raise OutOfReachError(self._words(f"cannot be reached ({one_line(error, 160)})")) from None
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise OutOfReachError(
                self._words(f"answers in another form ({one_line(f'{type(error).__name__}: {error}', 200)})")
            ) from None

    def _words(self, what: str) -> str:
        return self.hide(f"the provider {self.place} {what}")


def _text(error: Any) -> str:  # noqa: ANN401  the client's error
    try:
        return reason(error.response.content)
    except Exception:  # noqa: BLE001  a stream that was not read
        return f" ({one_line(error, 160)})"
