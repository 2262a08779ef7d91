"""Attachments: photos and documents of a ticket, known by their content, never by their name.

What a file is decides how it is called when it leaves again: a program that is called `photo.jpg`
is no photo, and no text file keeps an ending that a double click would run. Nothing is ever opened
here: signatures are read, and of an office document the list of its parts.
"""

import io
import re
import zipfile
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePath
from typing import Final

from bot.domain.sensitive_data import redact_sensitive
from bot.domain.text import one_line

MOST_BYTES: Final = 10_000_000
"""Unless a setting says otherwise."""

MOST_ATTACHMENTS: Final = 20
"""Of one ticket; more would be read by nobody."""

_MOST_PARTS: Final = 2000
_NAME_LIMIT: Final = 60
_TEXT_CONTROLS: Final = frozenset(b"\t\n\r\f")


class FileType(StrEnum):
    """What a file is, by the ending it is given."""

    JPEG = "jpg"
    PNG = "png"
    WEBP = "webp"
    HEIC = "heic"
    PDF = "pdf"
    DOCX = "docx"
    ODT = "odt"
    XLSX = "xlsx"
    ODS = "ods"
    TXT = "txt"


_SIGNATURES: Final = {
    b"\xff\xd8\xff": FileType.JPEG,
    b"\x89PNG\r\n\x1a\n": FileType.PNG,
    b"%PDF-": FileType.PDF,
}
_OPENDOCUMENT: Final = {
    b"application/vnd.oasis.opendocument.text": FileType.ODT,
    b"application/vnd.oasis.opendocument.spreadsheet": FileType.ODS,
}


class AttachmentFault(StrEnum):
    """Why a file was not kept; also the key of the French text that says it."""

    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    UNKNOWN_TYPE = "unknown_type"
    TOO_MANY = "too_many"
    GONE = "gone"


class RefusedAttachmentError(ValueError):
    """A file is not kept."""

    def __init__(self, fault: AttachmentFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingFile:
    """A file as it came in."""

    name: str
    content: bytes = field(repr=False)
    caption: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of a ticket, without its content; `size` in bytes.

    `place` is the message that it came with, None for one that was filed along.
    """

    number: int
    type: FileType
    name: str
    size: int
    place: int | None = None
    caption: str = ""

    @property
    def weight(self) -> str:
        """« 240 ko », « 1,2 Mo »."""
        if self.size < 1_000_000:
            return f"{max(1, round(self.size / 1000))} ko"
        return f"{self.size / 1_000_000:.1f} Mo".replace(".", ",")


def check_attachment(content: bytes, most_bytes: int) -> FileType:
    """What a file is. Raises RefusedAttachmentError: empty, too large, or of no type taken here."""
    if not content:
        raise RefusedAttachmentError(AttachmentFault.UNREADABLE)
    if len(content) > most_bytes:
        raise RefusedAttachmentError(AttachmentFault.TOO_LARGE)
    known = recognise(content)
    if known is None:
        raise RefusedAttachmentError(AttachmentFault.UNKNOWN_TYPE)
    return known


def recognise(content: bytes) -> FileType | None:
    """The type that a content is of; None for everything that is not taken."""
    for signature, known in _SIGNATURES.items():
        if content.startswith(signature):
            return known
    if content.startswith(b"PK\x03\x04"):
        return _office_type(content)
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return FileType.WEBP
    if content[4:8] == b"ftyp" and content[8:12] in (b"heic", b"heix", b"mif1", b"heif"):
        return FileType.HEIC
    return FileType.TXT if _is_text(content) else None


def _office_type(content: bytes) -> FileType | None:
    """By the parts of the package; one with macros in it is not taken."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = {part.filename.lower() for part in package.infolist()}
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return None
    if len(names) > _MOST_PARTS or any(_is_macro(name) for name in names):
        return None
    if content[30:38] == b"mimetype":  # an OpenDocument file says what it is in its first bytes
        stated = content[38:100]
        return next(
            (type_ for name, type_ in _OPENDOCUMENT.items() if stated.startswith(name)), None
        )
    if "word/document.xml" in names:
        return FileType.DOCX
    return FileType.XLSX if "xl/workbook.xml" in names else None


def _is_macro(name: str) -> bool:
    return name.endswith("vbaproject.bin") or name.startswith(("basic/", "scripts/"))


def _is_text(content: bytes) -> bool:
    """No control characters, and UTF-8 or the Windows-1252 of old spreadsheets."""
    if any(byte < 32 and byte not in _TEXT_CONTROLS for byte in content):
        return False
    for encoding in ("utf-8", "cp1252"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def tidy_name(name: str, type_: FileType) -> str:
    """A name that leads out of no folder, says no NIR, and ends as what the file is."""
    last = re.split(r"[\\/]", one_line(name))[-1]
    stem = redact_sensitive(PurePath(last).stem, "numero-retire")
    tidy = re.sub(r"[^\w.-]+", "-", stem).strip(".-_")[:_NAME_LIMIT]
    return f"{tidy or 'piece'}.{type_}"
