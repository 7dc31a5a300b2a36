"""Uploads an exported folder to a repository of the Hub; callers ask for consent first."""

from pathlib import Path

from advisor.errors import OutOfReachError, one_line
from advisor.units import counted, format_bytes

# They may hold the user's own rows.
ROWS = ("teaching.jsonl", "documents.jsonl")
SHOWN = "shown_examples"


def what_leaves(folder: Path, repository: str, *, is_public: bool) -> str:
    """Return the question that asks for consent: what is uploaded, where to, who can see it."""
    from huggingface_hub.constants import ENDPOINT

    files = sorted(path for path in folder.rglob("*") if path.is_file())
    size = format_bytes(sum(path.stat().st_size for path in files))
    rows = [name for name in ROWS if (folder / name).exists()]
    rows += ["choice.json"] if any(SHOWN in path.read_text("utf-8") for path in folder.glob("choice.json")) else []
    holds = "the task's instruction and labels" + (f", and your rows in {' and '.join(rows)}" if rows else "")
    who = "for everybody to see" if is_public else "private"
    return f"Upload {counted(len(files), 'file')} ({size}) to {ENDPOINT}/{repository}, {who}? They hold {holds}."


def push(folder: Path, repository: str, *, is_public: bool) -> str:
    """Upload a folder as one commit, to a repository that is made if need be; return the commit's address.

    Raises:
        OutOfReachError: if it cannot be.
    """
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
