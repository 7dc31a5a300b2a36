"""What a sentence-transformers folder says of how token vectors become the vector of a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.formats.safety import get, is_inside, json_list, json_map

if TYPE_CHECKING:
    from pathlib import Path

# In the order in which the library joins them; the first name is that of older folders.
POOLINGS = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
# Vectors are l2-normalised by the engine whatever the folder says, and nothing is dropped outside of training.
_NO_MATTER = frozenset({"Normalize", "Dropout"})
_OWN = "sentence_transformers."


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a folder makes a sentence's vector.

    Attributes:
        poolings: Values of `POOLINGS`; the vectors of several are joined.
        unusable: Why token vectors alone do not give the sentence's vector, None if they do.
        max_tokens: How much of a text is read, None if the folder does not say.
        is_lowercase: Whether texts are turned to lower case first.
        prompt: What stands before every text.
        query_prompt: What stands before queries instead.
        document_prompt: What stands before documents instead.
    """

    poolings: tuple[str, ...]
    unusable: str | None
    max_tokens: int | None
    is_lowercase: bool
    prompt: str
    query_prompt: str
    document_prompt: str


def read(folder: Path) -> Recipe | None:
    """Return what a folder says, None where it is no sentence-transformers folder with a transformer; never fails."""
    modules = json_list(folder / "modules.json")
    kinds = [str(get(module, "type")) for module in modules]
    if not kinds or not kinds[0].startswith(_OWN) or not kinds[0].endswith(".Transformer"):
        return None
    poolings, unusable, takes_prompt = _pooling(folder, modules, kinds)
    settings = _map(folder, str(get(modules[0], "path") or ""), "sentence_bert_config.json")
    told = json_map(folder / "config_sentence_transformers.json")
    prompts = told.get("prompts")
    pairs = prompts.items() if isinstance(prompts, dict) else ()
    named = {name: text for name, text in pairs if isinstance(text, str)}
    most = settings.get("max_seq_length")
    if not takes_prompt and any(named.values()):
        unusable = unusable or "it leaves its prompts out of its sentence vectors, which is not done here"
    return Recipe(
        poolings,
        unusable,
        most if isinstance(most, int) and most > 0 else None,
        settings.get("do_lower_case") is True,
        named.get(str(told.get("default_prompt_name")), ""),
        named.get("query", ""),
        named.get("document", ""),
    )


def _pooling(folder: Path, modules: list[object], kinds: list[str]) -> tuple[tuple[str, ...], str | None, bool]:
    """Return the poolings, why they do not do, and whether a prompt's tokens count."""
    names = [kind.rpartition(".")[2] if kind.startswith(_OWN) else kind for kind in kinds[1:]]
    others = [name for name in names if name != "Pooling" and name not in _NO_MATTER]
    if others:
        return (), f"its modules.json has a {others[0][:60]}, which a graph of token vectors lacks", True
    if names.count("Pooling") != 1:
        return (), "its modules.json names no pooling of its token vectors", True
    place = str(get(modules[1 + names.index("Pooling")], "path") or "")
    config = _map(folder, place, "config.json")
    if not config:
        return (), f"lacks {place}/config.json, which says how its token vectors are pooled", True
    told = config.get("pooling_mode")
    chosen = [told] if isinstance(told, str) else told
    if chosen is None:
        chosen = [mode for flag, mode in POOLINGS.items() if config.get(flag) is True] or ["mean"]
    if not isinstance(chosen, list) or not chosen or not all(mode in POOLINGS.values() for mode in map(str, chosen)):
        return (), f"{place}/config.json asks for a pooling that is unknown here ({str(told)[:60]})", True
    return tuple(map(str, chosen)), None, config.get("include_prompt") is not False


def _map(folder: Path, place: str, name: str) -> dict[str, object]:
    """Return a JSON file's mapping, empty where there is none inside the folder."""
    inside = f"{place}/{name}" if place else name
    return json_map(folder / inside) if is_inside(folder, inside) else {}
