"""What zipfile raises for an archive that is damaged or cannot be read.

NotImplementedError where it names a version or a way of packing that zipfile does not know, RuntimeError where it says
that it is encrypted, EOFError where it ends too early, the others where its lists were changed.
"""

import zipfile
import zlib
from typing import Final

DAMAGED_ZIP: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, KeyError, TypeError, ValueError, NotImplementedError, RuntimeError,
)  # fmt: skip
