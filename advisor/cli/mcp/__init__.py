"""`advisor mcp`: the commands as tools for agents, over the Model Context Protocol."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from advisor.errors import InputError, OutOfReachError
from advisor.units import parse_size


def start(folders: Sequence[Path], download: str, send_to: Sequence[str], port: int | None) -> None:
    """Check the server's permissions, and serve."""
    if find_spec("mcp") is None:
        raise OutOfReachError("the package mcp is not installed; pip install 'model-advisor[mcp]'")
    for folder in folders:
        if not folder.is_dir():
            raise InputError(f"--folder {folder}: there is no such folder; name an existing one")
    places = tuple(folder.resolve() for folder in folders or [Path.cwd()])
    if not folders and places[0] in {Path(places[0].anchor), Path.home().resolve()}:
        raise InputError(f"{places[0]}: holds more than agents should read; name a folder with --folder DIR")
    try:
        is_some = parse_size(download) > 0
    except ValueError as error:
        raise InputError(f"--allow-download: {error}") from None
    # The SDK takes seconds to import.
    from advisor.cli.mcp.allowed import Allowed
    from advisor.cli.mcp.server import serve

    serve(Allowed(places, download if is_some else "0", tuple(send_to)), port)
