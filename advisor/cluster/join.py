"""How this process becomes a driver of a Ray cluster, or why it cannot, in one line and within seconds."""

import faulthandler
import os
import subprocess
import sys
from typing import Any

from advisor.errors import InputError, OutOfReachError, one_line

# How long a head may take to answer at all, asked by a process that says why it does not.
REACH_SECONDS = 30.0
_LOOK = """
import socket, sys
from ray._private.services import canonicalize_bootstrap_address_or_die as found
from ray._raylet import GcsClient
address = found(sys.argv[1])
host, _, port = address.rpartition(":")
socket.create_connection((host.strip("[]"), int(port)), 5).close()
GcsClient(address=address)
"""


def join(address: str) -> tuple[Any, bool]:
    """Join the cluster as a driver, unless this process has; return Ray's module and whether it was joined here.

    Raises:
        InputError: if Ray is not installed.
        OutOfReachError: if the cluster cannot be reached.
    """
    # A worker without a card sees none; Ray would warn that a later version changes that.
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
        import ray._private.worker as inside
    except ImportError:
        raise InputError("--on ray needs Ray: pip install 'model-advisor[ray]'") from None
    # It prints the last words of a node that died to standard output, which is data here.
    inside.print_to_stdstream = lambda *_, **__: None
    if ray.is_initialized():
        return ray, False
    if not faulthandler.is_enabled() and sys.__stderr__ is not None:
        faulthandler.enable(sys.__stderr__)  # Ray would, into the session's standard error, which is no file
    try:
        # In a process of its own: Ray tries for minutes, and prints each try.
        command = [sys.executable, "-c", _LOOK, address]
        subprocess.run(command, capture_output=True, text=True, check=True, timeout=REACH_SECONDS)  # noqa: S603
        ray.init(address=address, log_to_driver=False, configure_logging=False)
    except subprocess.CalledProcessError as error:
        reason = one_line(error.stderr.strip().rpartition("\n")[2], 160)
        if "token" in error.stderr:
            reason = "its token is missing or wrong: set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN, or ~/.ray/auth_token"
    except subprocess.TimeoutExpired:
        reason = f"it does not answer within {REACH_SECONDS:.0f} s"
    except Exception as error:  # noqa: BLE001  ConnectionError, RuntimeError: all mean the same
        reason = one_line(error, 160)
    else:
        return ray, True
    where = "on this machine (start one, or set RAY_ADDRESS)" if address == "auto" else f"at {one_line(address, 80)}"
    ways = ("--on here: probes on this machine", "`ray start --head`: a cluster of this machine; then the same command")
    raise OutOfReachError(f"no Ray cluster {where} can be reached: {reason}", ways=ways)
