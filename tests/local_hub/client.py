"""Runs code in a process of its own, where huggingface_hub reads HF_ENDPOINT at import."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from tests.local_hub.hub import LocalHub


def run_client(hub: LocalHub, code: str, home: Path, *, token: str | None = None, timeout: float = 60) -> Any:
    """Run Python code against the hub and return what it leaves in `result`."""
    script = f"{code}\nimport json as _json, sys as _sys\n_sys.stdout.write(_json.dumps(result))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=hub.environment(home, token=token),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if done.returncode != 0:
        raise AssertionError(f"The client failed with status {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout)
