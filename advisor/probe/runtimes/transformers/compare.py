"""Cross-encoders: one number for a pair of texts, through sentence-transformers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.probe.runtimes.base import CannotLoadError
from advisor.probe.runtimes.checks import check_torch_folder, check_torch_tokenizer
from advisor.probe.runtimes.transformers.opened import (
    choose_device,
    device_name,
    engine_name,
    permissions,
    short_name,
    stored_dtype,
    why,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.probe.runtimes.base import Load

BATCH = 8
BATCH_ON_ACCELERATOR = 32


class CrossEncoder:
    """A pair's score as the model's own activation gives it: for most within 0 and 1."""

    def __init__(self, model: Any, facts: dict[str, Any]) -> None:  # noqa: ANN401  the library's own type
        self._model = model
        self.engine = engine_name("sentence-transformers")
        self.device = device_name(str(model.device))
        self.facts = facts
        self._batch = BATCH if self.device == "cpu" else BATCH_ON_ACCELERATOR

    def compare(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Return a score for each pair; larger is better. What is too long is cut."""
        if not pairs:
            return []
        scores = self._model.predict([tuple(pair) for pair in pairs], batch_size=self._batch, show_progress_bar=False)
        return [float(score) for score in scores]


def load(request: Load) -> CrossEncoder:
    """Load a cross-encoder.

    Raises:
        CannotLoadError: with the reason, also if it gives more than one number a pair.
    """
    check_torch_folder(request.path, request.files, request.allows)
    import torch
    from sentence_transformers import CrossEncoder as Library

    torch.set_num_threads(request.threads)
    stored = stored_dtype(request.path, request.files)
    is_pickled = not any(name.endswith(".safetensors") for name in request.files)
    settings: dict[str, Any] = {"use_safetensors": not is_pickled}
    if stored:
        settings["dtype"] = getattr(torch, stored)
    try:
        model = Library(
            str(request.path),
            device=choose_device(),
            trust_remote_code="remote-code" in request.allows,
            local_files_only=True,
            model_kwargs=settings,
        )
    except Exception as error:  # noqa: BLE001  transformers and torch raise many unrelated types
        raise CannotLoadError(why(error)) from None
    if model.num_labels != 1:
        raise CannotLoadError(f"gives {model.num_labels} numbers for a pair of texts, not one")
    network = getattr(model, "model", None)
    if network is not None and hasattr(network, "get_input_embeddings"):
        check_torch_tokenizer(model.tokenizer, network)
    return CrossEncoder(model, {"precision": short_name(model), **permissions(request)})
