"""Attachments: photos and documents of a ticket, known by their content, never by their name.

What a file is decides how it is called when it leaves again: a program that is called `photo.jpg`
is no photo, and no text file keeps an ending that a double click would run. Nothing is ever opened
here: signatures are read, and of an office document the list of its parts.
"""

import codecs
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
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
_DOS_END: Final = b"\x1a"


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
    OGG = "ogg"
    MP3 = "mp3"
    M4A = "m4a"
    MP4 = "mp4"

    @property
    def is_recording(self) -> bool:
        """Whether it is to be heard or watched: advisors answer with one, nobody asks with one."""
        return self in (FileType.OGG, FileType.MP3, FileType.M4A, FileType.MP4)


_SIGNATURES: Final = {
    b"\xff\xd8\xff": FileType.JPEG,
    b"\x89PNG\r\n\x1a\n": FileType.PNG,
    b"OggS\0": FileType.OGG,
    **{b"ID3" + version: FileType.MP3 for version in (b"\x02", b"\x03", b"\x04")},
    b"\xff\xfb": FileType.MP3,
    b"\xff\xf3": FileType.MP3,
    b"\xff\xf2": FileType.MP3,
}
_FILM_BRANDS: Final = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1")
"""What phones and Telegram write (ISO/IEC 14496-12 and -14)."""
_PROGRAMS: Final = (b"MZ", b"\x7fELF")
_PDF: Final = re.compile(rb"%PDF-\d")
_PDF_ON_A_LINE: Final = re.compile(rb"(?:\A(?:\xef\xbb\xbf)?|[\r\n])[ \t]*%PDF-\d")
_PDF_HEAD: Final = 1024
"""Bytes within which readers accept the header (ISO 32000-1, annex H)."""
_HEIC_BRANDS: Final = frozenset(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs")
)
_HEIF_BRANDS: Final = frozenset((b"mif1", b"msf1", b"heif"))
"""What may hold pictures of HEVC, or of AV1, which another brand says (ISO/IEC 23008-12)."""
_AVIF_BRANDS: Final = frozenset((b"avif", b"avis"))
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
    """A file as it came in; one of an advisor's may be a recording."""

    name: str
    content: bytes = field(repr=False)
    caption: str = ""
    by_advisor: bool = False


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


def check_attachment(content: bytes, most_bytes: int, *, recordings: bool = False) -> FileType:
    """What a file is. Raises RefusedAttachmentError: empty, too large, or of no type taken here."""
    if not content:
        raise RefusedAttachmentError(AttachmentFault.UNREADABLE)
    if len(content) > most_bytes:
        raise RefusedAttachmentError(AttachmentFault.TOO_LARGE)
    known = recognise(content)
    if known is None or (known.is_recording and not recordings):
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
    if content[4:8] == b"ftyp":
        return _boxed_type(content)
    head, is_text = content[:_PDF_HEAD], _is_text(content)
    is_pdf = _PDF_ON_A_LINE.search(head) or (not is_text and _PDF.search(head))
    if is_pdf and not content.startswith(_PROGRAMS):
        return FileType.PDF
    return FileType.TXT if is_text else None


def _boxed_type(content: bytes) -> FileType | None:
    """By the brands of the first box: the major one, a version, and those it is compatible with."""
    box = content[8 : min(int.from_bytes(content[:4]), _PDF_HEAD)]
    brands = {box[at : at + 4] for at in range(0, len(box), 4)}
    is_heif = box[:4] in _HEIF_BRANDS and not brands & _AVIF_BRANDS
    if is_heif or not brands.isdisjoint(_HEIC_BRANDS):
        return FileType.HEIC
    if box[:4] in (b"M4A ", b"M4B "):
        return FileType.M4A
    return FileType.MP4 if box[:4] in _FILM_BRANDS else None


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
    """No control characters; in UTF-8, UTF-16 with its mark, or bytes of Windows or of DOS, which
    may end with its end mark."""
    if not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return not _CONTROLS.search(content.removesuffix(_DOS_END).decode("latin-1"))
    try:
        return not _CONTROLS.search(content.decode("utf-16"))
    except UnicodeDecodeError:
        return False


def tidy_name(name: str, type_: FileType) -> str:
    """A name that leads out of no folder, says no NIR, and ends as what the file is."""
    last = re.split(r"[\\/]", one_line(name))[-1]
    stem = redact_sensitive(PurePath(last).stem, "numero-retire")
    tidy = re.sub(r"[^\w.-]+", "-", stem).strip(".-_")[:_NAME_LIMIT]
    return f"{tidy or 'piece'}.{type_}"
