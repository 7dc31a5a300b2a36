"""A local Hub that the real huggingface_hub client talks to: listings, files, and faults on demand."""

from tests.local_hub.client import run_client
from tests.local_hub.faults import (
    Cut,
    DeepJson,
    Fault,
    ManyLinks,
    Meanwhile,
    RepeatedRecords,
    ServerError,
    Stall,
    TooManyRequests,
    TruncatedJson,
    WrongContent,
)
from tests.local_hub.hub import LocalHub
from tests.local_hub.wire import Request

__all__ = [
    "Cut", "DeepJson", "Fault", "LocalHub", "ManyLinks", "Meanwhile", "RepeatedRecords", "Request", "ServerError",
    "Stall", "TooManyRequests", "TruncatedJson", "WrongContent", "run_client",
]  # fmt: skip
