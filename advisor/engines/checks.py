"""What engines check before they trust a model's files: some libraries make do with broken ones in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.engines.base import CannotLoadError
from advisor.engines.vocabulary import check_fit
from advisor.formats.safety import PICKLE, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


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


def check_torch_tokenizer(tokenizer: Any, network: Any) -> None:  # noqa: ANN401  the libraries' own types
    """Refuse an empty tokenizer, which transformers makes where the files are missing, and one that does not fit.

    Raises:
        CannotLoadError: if it is either.
    """
    numbers = tokenizer.get_vocab()
    if set(numbers) <= set(tokenizer.all_special_tokens):
        raise CannotLoadError("has no tokenizer files: no token but the special ones is known")
    table = network.get_input_embeddings()
    if not hasattr(table, "num_embeddings"):
        return
    # BART's summarizers have no vector for the mask: no text is turned into it.
    mask = tokenizer.special_tokens_map.get("mask_token")
    tokens = 1 + max(number for token, number in numbers.items() if token != mask)

    def vectors(some: NDArray[Any]) -> NDArray[Any]:
        found: NDArray[Any] = table.weight[some.tolist()].detach().float().cpu().numpy()
        return found

    check_fit(tokens, int(table.num_embeddings), vectors)
