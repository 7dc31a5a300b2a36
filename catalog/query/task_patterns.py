"""Words by which people ask for a task family: patterns with weights, and the kinds of input that families take."""

import re
from functools import cache
from importlib import resources
from typing import Final

_LANGUAGE_LIST: Final = (
    "english|german|french|spanish|italian|portuguese|dutch|polish|russian|ukrainian|czech|chinese|japanese|korean|"
    "arabic|hindi|turkish|swedish|danish|norwegian|finnish|greek|hebrew|hungarian|romanian|vietnamese|thai"
)


@cache
def rules() -> tuple[tuple[str, float, re.Pattern[str]], ...]:
    """The lines of ``task_patterns.txt`` as (family, weight, compiled pattern)."""
    found = []
    text = resources.files("catalog.data").joinpath("task_patterns.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        family, weight, pattern = line.split(" | ", 2)
        bounded = rf"\b(?:{pattern.replace('{languages}', _LANGUAGE_LIST)})"
        found.append((family, float(weight), re.compile(bounded)))
    return tuple(found)


# Words that tell what goes in; a family that takes none of what was named loses, one that takes it gains.
INPUTS: Final = {
    "image": re.compile(
        r"\b(?:photo\w*|pictures?|images?|scan(?:s|ned)?|screenshots?|x-?rays?|camera|selfies?|drawings?|receipts?|"
        r"charts?|handwrit\w+|faces?|ocr|pixels?|satellite)\b"
    ),
    "audio": re.compile(
        r"\b(?:audio|voices?|speech|spoken|speak\w*|sounds?|recordings?|podcasts?|calls?|callers?|music|songs?|"
        r"microphone|noise|noisy|interviews|lectures|dictat\w+)\b"
    ),
    "video": re.compile(r"\b(?:videos?|clips?|footage|movies)\b"),
    "table": re.compile(r"\b(?:tables?|tabular|spreadsheets?|csv|columns?|rows?|excel)\b"),
}
TAKES: Final = {
    "image": re.compile(
        r"image|depth|keypoint|mask-generation|object-detection|visual|document-question|any-to-any|robotics"
    ),
    "audio": re.compile(r"audio|speech|voice|any-to-any"),
    "video": re.compile(r"video|any-to-any|mask-generation|automatic-speech"),
    "table": re.compile(r"tab"),
}
