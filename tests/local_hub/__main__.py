"""`python -m tests.local_hub`: serves models to a command line driven by hand.

Example:
    python -m tests.local_hub --folder acme/tiny=./tiny --recorded 2026 --port 8000
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from tests.local_hub import recorded
from tests.local_hub.hub import LocalHub


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; the address goes to stdout, the requests to stderr."""
    parser = argparse.ArgumentParser(prog="python -m tests.local_hub", description="A local Hub for tests.")
    parser.add_argument(
        "--folder",
        action="append",
        default=[],
        metavar="ID=PATH",
        help="serve a folder as a model; or a PATH alone, which holds one folder a model (ORG/NAME)",
    )
    parser.add_argument("--recorded", choices=["2022", "2026"], help="list recorded models as well")
    parser.add_argument("--later", action="store_true", help="with --recorded 2026: as eight hours later")
    parser.add_argument("--data", type=Path, default=recorded.DATA, help="where the recordings are")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    options = parser.parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with LocalHub(port=options.port) as hub:
        try:
            _fill(hub, options)
        except (FileNotFoundError, ValueError) as error:
            print(f"error: {error}", file=sys.stderr)  # noqa: T201 - a command's own output
            return 2
        print(f"export HF_ENDPOINT={hub.url} HF_HUB_DISABLE_XET=1", flush=True)  # noqa: T201 - as above
        print(f"{len(hub.records)} models; Ctrl-C ends", file=sys.stderr, flush=True)  # noqa: T201 - as above
        stop.wait()
    return 0


def _fill(hub: LocalHub, options: argparse.Namespace) -> None:
    """Add what the options name."""
    for item in options.folder:
        model_id, equals, path = item.rpartition("=")
        if equals:
            hub.add_repo(model_id, Path(path))
            continue
        for folder in sorted(Path(path).glob("*/*/")):
            hub.add_repo(f"{folder.parent.name}/{folder.name}", folder)
    if options.recorded == "2022":
        recorded.load_2022(hub.records, options.data)
    if options.recorded == "2026":
        recorded.load_2026(hub.records, options.data)
        if options.later:
            recorded.eight_hours_later(hub.records, options.data)


if __name__ == "__main__":
    sys.exit(main())
