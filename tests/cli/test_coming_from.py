"""The worked examples of docs/coming-from.md: each command is run and prints the lines that the page shows."""

import re
import shlex

import pytest
import yaml

from tests.conftest import ROOT, Home, run_advisor
from tests.tables import for_each

PAGE = (ROOT / "docs" / "coming-from.md").read_text(encoding="utf-8")
SHOWN = dict(re.findall(r"^```sh\n(.+?)\n```\n\n```text\n(.+?)\n```$", PAGE, re.MULTILINE | re.DOTALL))


@pytest.mark.soak
@for_each("command", SHOWN)
def test_what_the_page_shows_is_printed(ready_home: Home, command: str) -> None:
    """In its order; where a line ends in dots it is the beginning."""
    ran = run_advisor(ready_home, *shlex.split(command)[1:], cwd=ROOT, code=0)
    for line in SHOWN[command].splitlines():
        assert line.removesuffix("...").strip() in ran.out + ran.err


def test_the_page_shows_the_examples_that_it_runs() -> None:
    """Four tools, and promptfoo's configuration as it is in the folder."""
    assert len(SHOWN) == PAGE.count("```sh") == 4
    (shown,) = re.findall(r"^```yaml\n(.+?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    whole = yaml.safe_load((ROOT / "examples" / "coming-from" / "promptfooconfig.yaml").read_text(encoding="utf-8"))
    assert yaml.safe_load(shown) == {key: value for key, value in whole.items() if key != "description"}
