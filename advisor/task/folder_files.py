"""A file of a folder: its kind by its ending, its text, and whether it breaks off."""

from pathlib import Path

from advisor.errors import InputError
from advisor.system.source import place
from advisor.task.encoding import encoding_of

SOUND = (".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aac", ".webm")
VIDEO = (".mp4", ".mov", ".avi", ".mkv", ".m4v", ".mpg", ".mpeg", ".wmv")
IMAGE = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff")
TEXT = (".txt", ".md", ".eml", ".docx", ".odt", ".htm", ".html")
_PAGES = (".htm", ".html")
# The end markers of pictures, missing in a truncated one; some programs append more.
_ENDS = {".jpg": b"\xff\xd9", ".jpeg": b"\xff\xd9", ".png": b"IEND"}
_TAIL = 32 << 10


def is_page(name: str) -> bool:
    """Return whether a file is an HTML page by its name: its visible text is read."""
    return name.lower().endswith(_PAGES)


def is_broken(file: Path) -> bool:
    """Return whether a file is empty, or a truncated picture; OSError if it cannot be read."""
    end = _ENDS.get(file.suffix.lower(), b"")
    size = file.stat().st_size
    if not size or not end:
        return not size and file.suffix.lower() in (*SOUND, *IMAGE)
    with file.open("rb") as stream:
        stream.seek(max(0, size - _TAIL))
        if end in stream.read():
            return False
        # Phones append a video to a photo; the preview before it has its own end marker, and is skipped.
        stream.seek(0)
        held, at = stream.read(), 2
        while held[at : at + 1] == b"\xff" and held[at + 1 : at + 2] != b"\xda":
            at += 2 + int.from_bytes(held[at + 2 : at + 4])
        return end not in held[at:]


def file_text(file: Path) -> str:
    """Return a file's text. InputError if it is not text. OSError if it cannot be read."""
    if file.suffix.lower() == ".eml":
        from advisor.task.mail_rows import mail_text

        return mail_text(file.read_bytes())
    if file.suffix.lower() in {".docx", ".odt"}:
        from advisor.task.markup_rows import paragraphs

        return "\n".join(paragraphs(file, file.read_bytes()))
    try:
        text = file.read_text(encoding=encoding_of(file)).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise InputError(f"{place(file)}: is not text; take it out of the folder") from None
    if is_page(file.name):
        from advisor.task.markup_rows import page_text

        return page_text(text)
    return text
