"""Fine-tuning of a model's weights: one plain loop in torch, with steps, weights and loss for each kind of model.

The trainers of sentence-transformers and transformers need accelerate, the first also datasets with pyarrow and pandas;
here it is a loop of ten lines. LoRA is peft's, which with accelerate takes 11 MB: the extra `tune`.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

MOST_TOKENS = 128
FACTS = "tuned"
# Folds of the training rows for the test whether tuning helps; if time is short, only one is held out.
PARTS = 3
# Start of the reason for leaving a model untuned.
UNPROMISED = "its training rows promise nothing"
# Chosen with 120 training rows of R8, film reviews and glossary, against losses on cosines and on triplets.
WARM_SHARE, LONGEST_GRADIENT, TEMPERATURE = 0.1, 1.0, 0.1
# Factor on the learning rate of a new last layer.
FRESH = 10.0
# Scale of differences of cosines, CoSENT's own.
SCALE = 20.0
# Adapters of all linear layers, with rank and weight after Hu et al., "LoRA" (2022), table 6.
RANK, WEIGHT = 8, 16


class Tuning(NamedTuple):
    """How one kind of candidate is tuned."""

    does: str  # Description that continues "its own weights".
    steps: int  # Number of batches.
    batch: int  # Rows per batch.
    rate: float  # Peak learning rate.
    fewest: int  # Minimum of training rows, per label if there are labels.
    most: int  # Maximum of parameters on a CPU.
    most_on_a_card: int  # Maximum of parameters on a graphics card.
    needs: str | None = None  # A package that only the tuned model needs.
    least_seconds: float = 1.0  # Fixed time, for importing libraries.
    learns_labels: bool = True  # Whether it gains from labels of texts, not only from compared pairs.
    kept: float = 1.0  # Share of each weight's change that is kept.


# By engine and ability; if a plan has several kinds, the first one is tuned (gains: `benchmarks.heads`). An encoder
# keeps half of the change, which keeps what it learns from few rows and restores most of what it forgets (Wortsman et
# al., "Robust fine-tuning of zero-shot models", 2022, equation 1).
TUNINGS: Mapping[tuple[str, str], Tuning] = {
    ("sentence-transformers", "encode"): Tuning("are tuned", 40, 16, 1e-4, 8, 35_000_000, 150_000_000, kept=0.5),
    ("transformers", "classify"): Tuning("are tuned, all of them", 120, 16, 1e-4, 20, 35_000_000, 150_000_000),
    ("transformers", "tag"): Tuning("are tuned, all of them", 120, 16, 2e-4, 20, 35_000_000, 150_000_000),
    ("transformers", "embed"): Tuning("are tuned, all of them", 120, 16, 2e-4, 20, 35_000_000, 150_000_000),
    ("transformers", "chat"): Tuning(
        "stay, and adapters (LoRA) next to them are trained", 60, 8, 1e-3, 8, 0, 1_600_000_000, needs="peft"
    ),
    ("static", "encode"): Tuning(
        "are tuned", 40, 16, 1e-2, 8, 100_000_000, 100_000_000, needs="torch", least_seconds=5.0, learns_labels=False
    ),
}


class Goal(NamedTuple):
    """The goal of tuning: labels, whether a text may have several, the random seed, and an encoder's training texts."""

    labels: tuple[str, ...]
    several: bool
    seed: int
    texts: tuple[str, ...] = ()


class Recipe(NamedTuple):
    """The weights to tune, and the loss."""

    network: Any  # torch's module.
    weights: dict[str, Any]  # Trainable weights by name, which are saved and exported.
    # From a batch of rows, each input and target, to a scalar tensor.
    loss: Callable[[Sequence[tuple[Any, Any]]], Any]
    fresh: frozenset[str] = frozenset()  # Names of randomly initialised weights, with a larger learning rate.


def fit(
    recipe: Recipe, batches: Sequence[Sequence[tuple[Any, Any]]], rate: float, seed: int, kept: float = 1.0
) -> None:
    """Tune a model in place: AdamW with linear warm-up for a tenth of the steps, then decay, one step per batch.

    `kept` is the share of each weight's change that is kept.
    """
    import torch

    torch.manual_seed(seed)
    network, precision = recipe.network, next(recipe.network.parameters()).dtype
    network.float()
    network.requires_grad_(requires_grad=False)
    for each in recipe.weights.values():
        each.requires_grad_(requires_grad=True)
    groups = [
        {"params": [each], "lr": rate * (FRESH if name in recipe.fresh else 1.0)}
        for name, each in recipe.weights.items()
    ]
    optimizer = torch.optim.AdamW(groups, fused=True)  # on a processor, too, in a fifth of the time
    before = {name: each.detach().clone() for name, each in recipe.weights.items()} if kept < 1.0 else {}
    warm = max(1, round(WARM_SHARE * len(batches)))

    def share(step: int) -> float:
        return (step + 1) / warm if step < warm else (len(batches) - step) / max(1, len(batches) - warm)

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, share)
    network.train()
    for rows in batches:
        optimizer.zero_grad()
        recipe.loss(rows).backward()
        torch.nn.utils.clip_grad_norm_(recipe.weights.values(), LONGEST_GRADIENT)
        optimizer.step()
        schedule.step()
    network.requires_grad_(requires_grad=False)
    for name, was in before.items():
        recipe.weights[name].copy_(torch.lerp(was, recipe.weights[name], kept))
    network.eval()
    network.to(precision)


def all_but_tokens(network: Any, table: Any) -> dict[str, Any]:  # noqa: ANN401  torch's
    """Return a network's weights by name, without the token embeddings.

    They are half of a small encoder, few of their rows occur, and saved and exported files are half as large.
    """
    return {name: each for name, each in network.named_parameters() if table is None or each is not table.weight}


def of_encoder(network: Any, weights: dict[str, Any], embed: Callable[[Sequence[str]], Any]) -> Recipe:  # noqa: ANN401
    """Return how an encoder is tuned: by labels that texts share, or by which pairs are more similar than others."""

    def loss(rows: Sequence[tuple[Any, Any]]) -> Any:  # noqa: ANN401  a tensor
        if isinstance(rows[0][0], dict):
            return _in_order(embed, rows)
        vectors = embed([text for text, _ in rows])
        return _contrast(vectors, alike([labels for _, labels in rows]).to(vectors.device))

    return Recipe(network, weights, loss)


def alike(labels: Sequence[Sequence[int]]) -> Any:  # noqa: ANN401  a tensor
    """Return the Jaccard similarity of the labels of each two texts."""
    held = one_hot(labels, 1 + max(max(each, default=0) for each in labels))
    both = held @ held.T
    return both / (held.sum(1)[:, None] + held.sum(1)[None, :] - both).clamp(min=1.0)


def one_hot(labels: Sequence[Sequence[int]], count: int) -> Any:  # noqa: ANN401  a tensor
    """Return labels as one-hot or multi-hot rows, of shape (texts, count)."""
    import torch

    held = torch.zeros(len(labels), count)
    for row, each in enumerate(labels):
        held[row, list(each)] = 1.0
    return held


def _contrast(vectors: Any, alike: Any) -> Any:  # noqa: ANN401  tensors
    """Return the supervised contrastive loss, which separates the texts of a batch by label.

    Khosla et al., "Supervised contrastive learning" (2020), equation 2; texts that share some labels count in part.
    """
    import torch

    units = torch.nn.functional.normalize(vectors, dim=1)
    itself = torch.eye(len(units), dtype=torch.bool, device=vectors.device)
    similarity = (units @ units.T / TEMPERATURE).masked_fill(itself, float("-inf"))
    log_shares = (similarity - torch.logsumexp(similarity, 1, keepdim=True)).masked_fill(itself, 0.0)
    same = alike.masked_fill(itself, 0.0)
    counts = same.sum(1)
    return -((log_shares * same).sum(1)[counts > 0] / counts[counts > 0]).mean()


def _in_order(embed: Callable[[Sequence[str]], Any], rows: Sequence[tuple[dict[str, str], Any]]) -> Any:  # noqa: ANN401
    """Return a loss that gives the larger cosine to the pair of higher grade, or to the closer text of a triplet.

    CoSENT: Su, https://kexue.fm/archives/8847 (2022), as in sentence-transformers.
    """
    import torch

    if "anchor" in rows[0][0]:
        pairs = [(given["anchor"], given[part]) for given, _ in rows for part in ("closer", "farther")]
        above = [(2 * row, 2 * row + 1) for row in range(len(rows))]
    else:
        pairs = [(given["first"], given["second"]) for given, _ in rows]
        above = [(a, b) for a, (_, one) in enumerate(rows) for b, (_, other) in enumerate(rows) if one > other]
    vectors = torch.nn.functional.normalize(embed([text for pair in pairs for text in pair]), dim=1)
    cosines = (vectors[::2] * vectors[1::2]).sum(1)
    higher, lower = torch.tensor(above, dtype=torch.long, device=cosines.device).reshape(-1, 2).T
    return torch.logsumexp(torch.cat([0.0 * cosines[:1], SCALE * (cosines[lower] - cosines[higher])]), 0)


def keep(recipe: Recipe, file: Path, facts: dict[str, Any]) -> None:
    """Write the tuned weights atomically; OSError if they cannot be written."""
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    partial = file.with_suffix(".partial")  # one process works on a run, so leftovers of a kill are overwritten
    tensors = {name: each.detach().cpu().contiguous() for name, each in recipe.weights.items()}
    try:
        save_file(tensors, partial, metadata={FACTS: json.dumps(facts)})
    except SafetensorError as error:
        partial.unlink(missing_ok=True)
        raise OSError(str(error)) from None
    with partial.open("rb") as written:
        os.fsync(written.fileno())
    partial.replace(file)


def take(recipe: Recipe, file: Path) -> dict[str, Any]:
    """Load tuned weights into a model, and return the facts stored with them.

    ValueError if the file is damaged, or from another model. OSError if it cannot be read.
    """
    import torch
    from safetensors import SafetensorError, safe_open

    own = recipe.weights
    try:
        with safe_open(file, framework="pt") as stored:
            facts: dict[str, Any] = json.loads((stored.metadata() or {})[FACTS])
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118  not a mapping
    except (SafetensorError, KeyError) as error:
        raise ValueError(f"{file} is damaged ({error})") from None
    if {name: each.shape for name, each in tensors.items()} != {name: each.shape for name, each in own.items()}:
        raise ValueError(f"{file} holds weights of another model")
    with torch.no_grad():
        for name, each in own.items():
            each.copy_(tensors[name])
    return facts
