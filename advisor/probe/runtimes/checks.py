"""What engines check before they trust a model's files: some libraries make do with broken ones in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.models.trust import PICKLE, refusal
from advisor.probe.runtimes.base import CannotLoadError

if TYPE_CHECKING:
    from pathlib import Path


def check_torch_folder(path: Path, files: tuple[str, ...], allows: frozenset[str] = frozenset()) -> None:
    """Refuse what would run code of its own or unpickle unless that is allowed, and weights that are damaged.

    Raises:
        CannotLoadError: with the reason.
    """
    if reason := refusal(path, allows):
        raise CannotLoadError(reason)
    from safetensors import SafetensorError, safe_open

    for name in files:
        if not name.endswith(".safetensors"):
            if PICKLE not in allows:
                raise CannotLoadError(f"{name} is pickled, which is loaded only if the task allows it")
            continue
        try:
            with safe_open(path / name, framework="numpy"):  # compares the header with the size
                pass
        except (SafetensorError, OSError) as error:
            raise CannotLoadError(f"{name} is damaged or cut short ({error})") from None


def check_fit(tokens: int, rows: int) -> None:
    """Refuse a tokenizer that knows more tokens than its model has vectors for.

    Raises:
        CannotLoadError: if it does.
    """
    if tokens > rows:
        raise CannotLoadError(
            f"its tokenizer knows {tokens} tokens, its model has vectors for {rows}: they do not belong together"
        )


def check_torch_tokenizer(tokenizer: Any, network: Any) -> None:  # noqa: ANN401  the libraries' own types
    """Refuse an empty tokenizer, which transformers makes where the files are missing, and one that does not fit.

    Raises:
        CannotLoadError: if it is either.
    """
    if set(tokenizer.get_vocab()) <= set(tokenizer.all_special_tokens):
        raise CannotLoadError("has no tokenizer files: no token but the special ones is known")
    table = network.get_input_embeddings()
    if hasattr(table, "num_embeddings"):
        check_fit(len(tokenizer), int(table.num_embeddings))
