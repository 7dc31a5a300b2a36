"""The local Hub's own failures are distinguished from those of the client."""

from pathlib import Path

import pytest

from tests.local_hub import LocalHub, Meanwhile, run_client


def test_a_failure_of_the_hub_itself_fails_the_test(tmp_path: Path) -> None:
    """What the hub cannot do does not look like a fault of the client."""

    def break_down() -> None:
        raise RuntimeError("deliberate")

    def use() -> None:
        with LocalHub() as hub:
            hub.faults.add(Meanwhile(action=break_down))
            code = """
from huggingface_hub import model_info
try:
    model_info("acme/none")
except Exception:
    result = None
"""
            run_client(hub, code, tmp_path / "home")

    with pytest.raises(ExceptionGroup, match="The local Hub failed") as caught:
        use()
    assert str(caught.value.exceptions[0]) == "deliberate"
