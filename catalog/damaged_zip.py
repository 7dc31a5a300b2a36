"""Exceptions that zipfile raises for an archive that is damaged or cannot be read.

NotImplementedError: a version or compression method that zipfile does not know; RuntimeError: an encrypted archive;
EOFError: a truncated one; the others: damaged directory entries.
"""

import zipfile
import zlib
from typing import Final

DAMAGED_ZIP: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, KeyError, TypeError, ValueError, NotImplementedError, RuntimeError,
)  # fmt: skip
