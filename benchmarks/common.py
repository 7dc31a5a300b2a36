"""Shared parts of the benchmarks."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def advisor(*arguments: str | Path) -> list[str]:
    """Return the command line of the installed `advisor`, as its console script runs it."""
    return [str(Path(sys.executable).with_name("advisor")), *map(str, arguments)]


def compile_packages() -> None:
    """Compile this library to bytecode, as an installer does; a checkout without it is slower."""
    packages = [str(ROOT / name) for name in ("advisor", "catalog", "tui")]
    subprocess.run([sys.executable, "-m", "compileall", "-q", *packages], check=True)


def load_line() -> str:
    """Return the machine's load, without which wall-clock figures mean little."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
