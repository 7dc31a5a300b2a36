"""A catalog in a bucket: through s3fs where it is installed, and a plain word where it is not."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog import CatalogError, share
from catalog.errors import CatalogOutOfReachError
from catalog.store import generations
from tests.catalog_refresh.test_landing import land

PLACE = "s3://team/models/catalog.zip"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an S3 server on loopback with an empty bucket."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        address = "http://{}:{}".format(*server.get_host_and_port())
        for name, value in {
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }.items():
            monkeypatch.setenv(name, value)
        import s3fs

        s3fs.S3FileSystem().mkdir("team")
        yield address
    finally:
        server.stop()


def test_through_a_bucket(bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There and back, byte for byte; a missing file is an error of one line."""
    land(7)
    shared = share.export(PLACE)
    mine = generations.current_snapshot().read()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "other"))
    assert bucket.startswith("http://127.0.0.1")
    assert share.import_(PLACE, shared.sha256).landed
    assert generations.current_snapshot().read() == mine
    with pytest.raises(CatalogOutOfReachError, match="cannot be read"):
        share.import_("s3://team/none.zip")
    with pytest.raises(CatalogOutOfReachError, match="cannot be written"):
        share.export("s3://nobody/catalog.zip")


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from fsspec.registry import _registry  # remembers classes of storage that were imported before

    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(_registry, "s3", raising=False)
    land(2)
    for attempt in (lambda: share.export(PLACE), lambda: share.import_(PLACE)):
        with pytest.raises(CatalogError, match=r"s3fs.*pip install 'model-advisor\[s3\]'") as result:
            attempt()
        assert isinstance(result.value, CatalogOutOfReachError)
