"""Settings for the session and all commands: the theme, and where candidates are probed.

A JSON file in the user's configuration folder, e.g. {"theme": "light", "on": "ray:10.0.0.5:6379", "replicas": 2}.
"""

from __future__ import annotations

import difflib
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError, one_line
from advisor.paths import APP_NAME
from advisor.system.source import quoted

if TYPE_CHECKING:
    from advisor.cluster.placement import Place

MOST_BYTES = 1 << 16
HERE = "here"
KNOWN = ("theme", "on", "replicas", "label")


def settings_file() -> Path:
    """Return the file; XDG_CONFIG_HOME moves it."""
    import platformdirs

    return Path(platformdirs.user_config_dir(APP_NAME, appauthor=False)) / "settings.json"


def settings() -> dict[str, Any]:
    """Return the settings, empty if there is no file; InputError if it is no JSON of settings."""
    try:
        with settings_file().open("rb") as file:
            found = json.loads(file.read(MOST_BYTES))
    except OSError:
        return {}
    except (ValueError, RecursionError) as error:
        raise _unusable(f"is no JSON ({one_line(error, 100)}); correct or delete it") from None
    if not isinstance(found, dict):
        raise _unusable("is not a mapping of settings to values; correct or delete it")
    return found


def _unusable(what: object) -> InputError:
    """Return the error of an unusable file; --on does not read it."""
    place = settings_file()
    ways = ("--on here: this machine, without the file", f"rm {shlex.quote(str(place))}: resets all settings")
    return InputError(f"{place}: {what}", ways=ways)


def keep_setting(name: str, value: Any) -> bool:  # noqa: ANN401  a JSON value
    """Save a setting; return whether that worked: an unreadable or unwritable file is left unchanged."""
    from advisor.system.files import write_whole

    place = settings_file()
    try:
        kept = settings() | {name: value}
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, json.dumps(kept, indent=1) + "\n")
    except (OSError, InputError):
        return False
    return True


def place_of(on: str = "", replicas: object = 1, labels: object = ()) -> Place | None:
    """Return the cluster that candidates are probed on, None for this machine; without `on` the settings decide.

    InputError if it is no place, or the settings cannot be read.
    """
    kept = {} if on else settings()
    for name in sorted(kept.keys() - set(KNOWN)):  # e.g. "replica": the run would go to the wrong place
        near = difflib.get_close_matches(name, KNOWN, 1)
        meant = f"did you mean {quoted(near[0])}?" if near else f"known are {', '.join(KNOWN)}"
        raise _unusable(f"{quoted(name)} is no setting; {meant}")
    if (there := kept.get("on") or HERE) != HERE:
        replicas = kept.get("replicas", 1) if replicas == 1 else replicas
        try:
            return place_of(there, replicas, labels or kept.get("label", ()))
        except InputError as error:
            raise _unusable(error) from None
    if not on or on == HERE:
        if replicas != 1 or labels:
            raise InputError("--replicas and --label choose among the nodes of a cluster: add --on ray")
        return None
    from advisor.cluster.placement import Place, address_of, labels_of
    from advisor.workflow.arguments import checked_count, of_kind, several

    address_of(of_kind("on", on, str, f'"{HERE}", "ray" or "ray:HOST:PORT"'))
    named = several("label", labels, "a list of KEY=VALUE")
    labels_of(named)
    return Place(on, checked_count("replicas", replicas), named)
