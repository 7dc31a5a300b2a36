"""Chooses the language model that helps the interview, and checks consent to send it the user's words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from advisor.errors import InputError, OutOfReachError, one_line
from advisor.paths import at_home
from advisor.servers.client import Address, parse_address

SECONDS = 120.0
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """A language model: a GGUF file on this machine, or a server's model with its key in an environment variable."""

    file: str = ""
    url: str = ""
    model: str = ""
    key_env: str | None = None
    seconds: float = SECONDS

    @property
    def name(self) -> str:
        return Path(self.file).name if self.file else f"{self.model} at {self._address.place}"

    @property
    def sends_to(self) -> str | None:
        """The host that receives the user's words; None if they stay on this machine."""
        return None if self.file or self._address.is_here else self._address.host

    @property
    def _address(self) -> Address:
        return parse_address(self.url)


def language_model(text: str) -> LanguageModel | None:
    """Return the model that is named; None for "".

    Args:
        text: The path of a GGUF file, or a server's address with the model's name before it and the variable that holds
            its key after it: "http://127.0.0.1:11434", "llama3.2@http://127.0.0.1:11434",
            "gpt-4o-mini@https://api.openai.com/v1 key_env=OPENAI_API_KEY".

    Raises:
        InputError: if it is neither.
        OutOfReachError: if the model is not named and a server on this machine lists none.
    """
    shown = text.strip()
    if not shown:
        return None
    if "://" not in shown:
        return _of_file(shown)
    place, _, rest = shown.partition(" ")
    first, _, second = place.partition("@")
    model, url = ("", place) if "://" in first else (first, second)
    name, _, variable = rest.strip().partition("=")
    if rest and (name != "key_env" or not _VARIABLE.fullmatch(variable)):
        raise InputError("The language model: write key_env=NAME, the name of the variable that holds the key")
    try:
        address = parse_address(url)
    except ValueError as error:
        raise InputError(f"The language model's address {error}") from None
    return LanguageModel(url=address.url, model=model or _only_model(address), key_env=variable or None)


def _of_file(shown: str) -> LanguageModel:
    path = at_home(shown)
    if path.suffix.lower() != ".gguf":
        raise InputError(
            f"The language model {one_line(shown, 120)!r} is neither an address nor a GGUF file; write for example "
            "http://127.0.0.1:11434 or model.gguf"
        )
    if not path.is_file():
        raise InputError(f"There is no file {one_line(path, 200)!r}; name the language model's GGUF file")
    return LanguageModel(file=str(path.absolute()))


def _only_model(address: Address) -> str:
    """Return the first model that a server on this machine lists; other servers are not contacted before consent."""
    from advisor.servers.client import ServerError
    from advisor.servers.listing import models_of

    if not address.is_here:
        raise InputError(
            f"Name the language model of {one_line(address.place, 120)}: MODEL@{one_line(address.url, 200)}"
        )
    try:
        return models_of(address)[0].model
    except ServerError as error:
        raise OutOfReachError(f"The language model: {one_line(error, 300)}") from None


def must_agree(model: LanguageModel, agreed: Iterable[str]) -> None:
    """Check that the user agreed to send words to the model's host, by name.

    ConsentNeededError if not; the message says what is sent where and how to agree.
    """
    from advisor.trust.consent import consent_error

    host = model.sends_to
    if host is None or host.lower() in {each.strip().lower() for each in agreed}:
        return
    also = [f"with the key in {model.key_env}"] if model.key_env else []
    also += ["without encryption on the way"] if model.url.startswith("http://") else []
    raise consent_error(
        f"Your words are sent to {one_line(host, 120)}{', ' if also else ''}{', '.join(also)}",
        (host,),
        f"--send-to {one_line(host, 120)}",
    )
