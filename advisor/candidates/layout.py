"""Loadable forms of a model folder, from each engine in the order of the table.

A folder may hold several loadable forms (safetensors and ONNX, several GGUF files): each is a `Form`.
"""

from dataclasses import dataclass
from pathlib import Path

from advisor.engines.table import ENGINES
from advisor.formats.folder import Form, ModelFolder, UnusableError, abilities
from advisor.formats.safety import PICKLED, PICKLED_MODULE

__all__ = ["Form", "Inspection", "inspect"]


@dataclass(frozen=True, slots=True)
class Inspection:
    """Contents of a folder: loadable forms, or the reason why there are none."""

    forms: tuple[Form, ...]
    reason: str | None = None


def inspect(path: Path, allows: frozenset[str] = frozenset()) -> Inspection:
    """Return the loadable forms of a model folder.

    Weights are never read, only headers and small JSON files. Folders with remote code have no form unless `allows`
    names it (see `formats.safety`), and pickled weights none unless they hold nothing but tensors: no code is run here.
    Never raises, for any contents.
    """
    try:
        return _inspect(ModelFolder(path, allows))
    except (OSError, ValueError, RecursionError) as error:  # another user's files, or malicious ones
        reason = error.strerror if isinstance(error, OSError) else None
        return Inspection((), f"cannot be read ({reason or type(error).__name__})")


def _inspect(folder: ModelFolder) -> Inspection:
    looking = [engine for engine in ENGINES.values() if engine.forms is not None]
    # A folder with an engine's own configuration is for no other engine, regardless of its weights.
    owners = [engine for engine in looking if engine.is_own is not None and engine.is_own(folder)]
    forms: list[Form] = []
    reasons: list[str] = []
    for engine in owners or [engine for engine in looking if engine.is_own is None]:
        try:
            forms += engine.forms(folder) if engine.forms is not None else ()
        except UnusableError as error:
            reasons.append(str(error))
    if forms:
        return Inspection(tuple(forms))
    return Inspection((), reasons[0] if reasons else _no_form(folder))


def _no_form(folder: ModelFolder) -> str:
    parts = folder.parts()
    missing = [name for name in parts if not folder.has(name)]
    if missing and len(parts) > 1:
        return f"lacks {len(missing)} of the {len(parts)} weight files that its index names, such as {missing[0][:80]}"
    named = folder.config.get("architectures")
    if isinstance(named, list) and named and not missing and not abilities(folder.config)[0]:
        return f"no engine here can use its architecture ({str(named[0])[:60]})"
    pickled = sorted(path.name for path in folder.path.glob("*") if path.suffix in PICKLED)
    if pickled and not folder.has(PICKLED_MODULE):
        return f"holds only pickles that no engine here reads ({pickled[0][:80]})"
    return "holds no weights that an engine here can load"
