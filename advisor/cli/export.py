"""`advisor export`: the recommended model as a folder for its targets, uploaded to the Hub with consent."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.cli.options import agrees
from advisor.errors import ExitCode, InputError, OutOfReachError, one_line
from advisor.paths import export_folder
from advisor.report.export.targets import NAMES, ROWS, left_out_lines
from advisor.runs.find import find_run
from advisor.runs.reader import open_run
from advisor.system.codec import plain
from advisor.system.streams import emit, inform, is_terminal, say
from advisor.units import counted, format_bytes

if TYPE_CHECKING:
    from advisor.report.export.folder import Exported

SHOWN = "shown_examples"


def export(
    name: str,
    output: Path | None,
    *,
    offline: bool,
    check: bool,
    final: bool,
    force: bool,
    json_output: bool,
    quiet: bool,
    public: bool,
    yes: bool,
    allow_code: Sequence[str],
    targets: Sequence[str],
    push_to: str | None,
) -> ExitCode:
    """Write a run's recommended model into a folder; exit code 3: its answers differ from the probe's.

    With `push_to` the folder is uploaded to that repository of the Hub, after asking.
    """
    from advisor.report.export.folder import export as write  # imports families and engines

    _check(targets, push_to, offline=offline, yes=yes)
    if public and push_to is None:
        raise InputError("--public is for --push; add that, or leave it out")
    run = open_run(find_run(name))
    folder = output or Path(export_folder(str(run.task.get("name", "")), run.id))
    tell = inform(quiet=quiet)
    options = {"download": not offline, "check": check, "final": final, "force": force}
    made = write(run, folder, tell=tell, **options, allow_code=allow_code, targets=targets)
    if json_output:
        emit(json.dumps(plain(made) | {"folder": str(made.folder)}))
    if made.checked > made.same:
        say(
            f"error: {made.folder} answers {made.checked - made.same} of {made.checked} examples otherwise than the "
            "probe did; other versions of its libraries than requirements.txt names may be installed here"
        )
        return ExitCode.NONE_PASSES
    for line in [] if quiet else _summary(made, check=check, final=final, is_whole=not targets):
        tell(line)
    if push_to is not None:
        words = what_leaves(made.folder, push_to, is_public=public)
        if yes or agrees(words, f"uploading to {push_to}"):
            tell(f"uploaded: {upload(made.folder, push_to, is_public=public)}")
        else:
            say("nothing was uploaded")
    if not json_output:
        emit(str(made.folder))
    return ExitCode.PASSES


def _check(targets: Sequence[str], push_to: str | None, *, offline: bool, yes: bool) -> None:
    for each in targets:
        if each not in NAMES:
            raise InputError(f"--as {one_line(each, 40)}: is none; choose from {', '.join(NAMES)}")
    if push_to is not None:
        if offline:
            raise InputError("--push uploads to the Hub, --offline forbids it; give one")
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", push_to):
            raise InputError(f"--push {one_line(push_to, 60)}: names no repository; write OWNER/NAME")
        if not (yes or is_terminal(sys.stdin)):  # checked before training
            raise InputError(f"uploading to {push_to} needs consent: add --yes")


def _summary(made: Exported, *, check: bool, final: bool, is_whole: bool) -> list[str]:
    """Return notes on a folder: its limits, and how its answers compare with the run's."""
    lines = left_out_lines(made.left_out) if is_whole else []
    if rows := own_rows(made.folder):
        lines.append(
            f"{' and '.join(rows)} in the folder {'holds' if len(rows) == 1 else 'hold'} your own rows; predict.py "
            "answers by them and not without: share the folder only with people who may read them"
        )
    if final:
        lines.append("its head was trained again on all rows; what the run claims is about the head of the probe")
    elif made.checked:
        lines.append(f"its module gives the recorded answer on {made.same} of {made.checked} examples")
    elif check and "python" not in made.left_out:
        lines.append("its module was not compared with the probe: none of the run's inputs is on this machine")
    return lines + [
        f"asked as {server} asks, its weights give the recorded answer on {same} of {of} examples"
        for server, (same, of) in made.served.items()
    ]


def own_rows(folder: Path) -> list[str]:
    """Return the files of an exported folder that hold the user's own rows."""
    rows = [name for name in ROWS if (folder / name).exists()]
    shows = any(SHOWN in path.read_text("utf-8") for path in folder.glob("choice.json"))
    return rows + (["choice.json"] if shows else [])


def what_leaves(folder: Path, repository: str, *, is_public: bool) -> str:
    """Return the question that asks for consent: what is uploaded, where, and who can see it."""
    from huggingface_hub.constants import ENDPOINT

    files = sorted(path for path in folder.rglob("*") if path.is_file())
    size = format_bytes(sum(path.stat().st_size for path in files))
    rows = own_rows(folder)
    holds = "the task's instruction and labels" + (f", and your rows in {' and '.join(rows)}" if rows else "")
    who = "for everybody to see" if is_public else "private"
    return f"Upload {counted(len(files), 'file')} ({size}) to {ENDPOINT}/{repository}, {who}? They hold {holds}."


def upload(folder: Path, repository: str, *, is_public: bool) -> str:
    """Upload a folder as one commit, to a repository created if necessary; return the commit's address."""
    from huggingface_hub import HfApi

    hub = HfApi(library_name="model-advisor")
    try:
        hub.create_repo(repository, private=not is_public, exist_ok=True)
        done = hub.upload_folder(
            repo_id=repository, folder_path=folder, commit_message="Exported by model-advisor", ignore_patterns=[".hub"]
        )
    except Exception as error:  # noqa: BLE001  any error of the client or the network means the same here
        raise OutOfReachError(
            f"{repository}: cannot be uploaded ({one_line(error, 200)}); the folder {folder} is written; "
            "log in with `hf auth login`, or set HF_TOKEN"
        ) from None
    return str(done.commit_url)
