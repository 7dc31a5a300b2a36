"""How a sentence encoder's own weights are tuned: a plain loop in torch, which every encoder of the library takes.

The library's own trainer needs the packages accelerate and datasets, with pyarrow and pandas; nothing else here does.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

STEPS, BATCH, MOST_TOKENS = 40, 16, 128
FACTS = "tuned"
# Chosen with 120 training rows of R8, film reviews and glossary, against losses on cosines and on triplets.
RATE, WARM_SHARE, LONGEST_GRADIENT, TEMPERATURE = 1e-4, 0.1, 1.0, 0.1


def tune(model: Any, batches: Sequence[tuple[Sequence[str], Sequence[Sequence[int]]]], seed: int) -> None:  # noqa: ANN401
    """Tune a model of sentence-transformers' in place: a step for each batch of texts with their labels' numbers.

    AdamW with a rate that rises for a tenth of the steps and then falls to nothing. The table of tokens stays as it is:
    it is half of a small encoder, few of its rows occur, and what is kept and exported is half as large.
    """
    import torch

    torch.manual_seed(seed)
    longest, precision = model.max_seq_length, next(model.parameters()).dtype
    model.float()
    weights = trained(model)
    optimizer = torch.optim.AdamW(weights.values(), lr=RATE)
    warm = max(1, round(WARM_SHARE * len(batches)))

    def rate(step: int) -> float:
        return (step + 1) / warm if step < warm else (len(batches) - step) / max(1, len(batches) - warm)

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    model.train()
    model.max_seq_length = min(longest or MOST_TOKENS, MOST_TOKENS)
    for texts, labels in batches:
        inputs = {
            name: each.to(model.device) if hasattr(each, "to") else each
            for name, each in model.preprocess(list(texts)).items()
        }
        vectors = model(inputs)["sentence_embedding"]
        optimizer.zero_grad()
        _loss(vectors, alike(labels).to(vectors.device)).backward()
        torch.nn.utils.clip_grad_norm_(weights.values(), LONGEST_GRADIENT)
        optimizer.step()
        schedule.step()
    model.max_seq_length = longest
    model.eval()
    model.to(precision)


def alike(labels: Sequence[Sequence[int]]) -> Any:  # noqa: ANN401  a tensor
    """Return of each two texts the share of labels that both have, of those that either has (Jaccard)."""
    import torch

    held = torch.zeros(len(labels), 1 + max(max(each, default=0) for each in labels))
    for row, each in enumerate(labels):
        held[row, list(each)] = 1.0
    both = held @ held.T
    return both / (held.sum(1)[:, None] + held.sum(1)[None, :] - both).clamp(min=1.0)


def _loss(vectors: Any, alike: Any) -> Any:  # noqa: ANN401  tensors
    """Return the supervised contrastive loss, by which each text finds those of its labels among all of its batch.

    Khosla et al., "Supervised contrastive learning" (2020), equation 2; texts that share some labels count in part.
    """
    import torch

    units = torch.nn.functional.normalize(vectors, dim=1)
    itself = torch.eye(len(units), dtype=torch.bool, device=vectors.device)
    likeness = (units @ units.T / TEMPERATURE).masked_fill(itself, float("-inf"))
    log_shares = (likeness - torch.logsumexp(likeness, 1, keepdim=True)).masked_fill(itself, 0.0)
    same = alike.masked_fill(itself, 0.0)
    counts = same.sum(1)
    return -((log_shares * same).sum(1)[counts > 0] / counts[counts > 0]).mean()


def trained(model: Any) -> dict[str, Any]:  # noqa: ANN401  torch's
    """Return the weights that tuning changes, by name: all but the table of tokens."""
    network = getattr(model[0], "auto_model", None)
    table = network.get_input_embeddings().weight if network is not None else None
    return {name: each for name, each in model.named_parameters() if each is not table}


def keep(model: Any, file: Path, facts: dict[str, Any]) -> None:  # noqa: ANN401  torch's
    """Write the tuned weights, so that a kill leaves all of them or none under the name.

    Raises:
        OSError: if they cannot be written.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    partial = file.with_suffix(".partial")  # one process works on a run: what a kill left is written over
    tensors = {name: each.detach().cpu().contiguous() for name, each in trained(model).items()}
    try:
        save_file(tensors, partial, metadata={FACTS: json.dumps(facts)})
    except SafetensorError as error:
        partial.unlink(missing_ok=True)
        raise OSError(str(error)) from None
    with partial.open("rb") as written:
        os.fsync(written.fileno())
    partial.replace(file)


def take(model: Any, file: Path) -> dict[str, Any]:  # noqa: ANN401  torch's
    """Put tuned weights into a model, and return what was written beside them.

    Raises:
        ValueError: if the file is damaged, or of another model.
        OSError: if it cannot be read.
    """
    import torch
    from safetensors import SafetensorError, safe_open

    own = trained(model)
    try:
        with safe_open(file, framework="pt") as stored:
            facts: dict[str, Any] = json.loads((stored.metadata() or {})[FACTS])
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118  not a mapping
    except (SafetensorError, KeyError) as error:
        raise ValueError(f"{file.name} is damaged ({error})") from None
    if {name: each.shape for name, each in tensors.items()} != {name: each.shape for name, each in own.items()}:
        raise ValueError(f"{file.name} holds weights of another model")
    with torch.no_grad():
        for name, each in own.items():
            each.copy_(tensors[name])
    return facts
