"""Reads rows from Arrow streams, as `save_to_disk` of the Hub's `datasets` writes them."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from advisor.errors import InputError, one_line
from advisor.system.source import place
from advisor.task.layout import Layout
from advisor.task.parquet_rows import label_names, named
from advisor.task.record import Row

# Arrow's other form, Feather's too, may be compressed, which the library does not tell from plain numbers:
# https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format
_FILE = b"ARROW1"


def read_arrow(path: Path, stream: IO[bytes], layout: Layout) -> Iterator[Row]:
    """Yield the rows of an Arrow stream; InputError naming the file."""
    del layout
    cure = "write the data as Parquet: data.to_parquet('data.parquet')"
    if stream.read(len(_FILE)) == _FILE:
        raise InputError(f"{place(path)}: is an Arrow file, of which only streams are read; {cure}")
    stream.seek(0)
    import nanoarrow  # for this format only
    from nanoarrow.ipc import InputStream

    number = 0
    try:
        with InputStream.from_readable(stream) as source, nanoarrow.ArrayStream(source) as batches:
            metadata = dict((batches.schema.metadata or {}).items())
            labels = label_names(metadata.get(b"huggingface"))
            for batch in batches:
                for record in batch.iter_py():
                    number += 1
                    yield Row(number, {name: named(labels.get(name), cell) for name, cell in record.items()})
    # Besides its own errors, which are RuntimeErrors, the library raises its binding's and Python's.
    except (RuntimeError, ValueError, TypeError, OverflowError, AttributeError, NotImplementedError, KeyError) as error:
        raise InputError(
            f"{place(path)}: is not a readable Arrow stream ({one_line(str(error), 200)}); {cure}"
        ) from None
