"""Reads e-mails that come in: who wrote, which thread of ours, the new words, the files.

An e-mail is hostile until it was read: its size, its parts and its header are counted before it is
parsed, and whatever the parser stumbles over leaves the header alone.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from hashlib import sha256
from html import unescape
from itertools import islice
from typing import Final

from bot.domain.attachment import IncomingFile
from bot.domain.text import clean, one_line

MOST_BYTES: Final = 25_000_000
"""Of one e-mail; of a longer one its beginning is read."""
_MOST_HEAD: Final = 64_000  # bytes of the header
_MOST_LINES: Final = 500_000  # 25 MB in base64 are 330,000
_MOST_PARTS: Final = 1000
_MOST_LEVELS: Final = 100  # parts within parts
_MOST_TEXT: Final = 100_000  # characters, quotes included
_MOST_FILES: Final = 25
_SMALL_PICTURE: Final = 10_000  # bytes; what a signature shows, or counts who reads
_BLANK: Final = re.compile(rb"\r?\n\r?\n")
_PART: Final = re.compile(rb"^--", re.MULTILINE)
_LEVEL: Final = re.compile(rb"multipart/|message/|boundary", re.IGNORECASE)
_NAMED: Final = re.compile(r"^message-id:\s*<([^<>\s]{1,300})>", re.IGNORECASE | re.MULTILINE)
_FAILED: Final = re.compile(r"^action:\s*failed\b", re.IGNORECASE | re.MULTILINE)
_AUTOMATIC: Final = ("X-Auto-Response-Suppress", "X-Autoreply", "X-Autorespond", "List-Id")
_BULK: Final = ("bulk", "junk", "list", "auto_reply")
_MACHINES: Final = ("mailer-daemon@", "postmaster@")
_PLACES: Final = (
    *("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To"),
    *("In-Reply-To", "References"),
)
"""Where a name of ours stands in an answer: in the address it goes to, or in what it answers."""
_SEALS: Final = ("application/pkcs7-signature", "application/pgp-signature")


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingEmail:
    """An e-mail as it was read.

    `sender` is one address in lower case, empty where there is none, or where our own mail server
    says that it is forged. `names` is the text in which names of ours may stand. `failed` are the
    names of messages that a mail server gave back. `is_partial`: not all of it was read.
    """

    message_id: str
    sender: str = ""
    names: str = ""
    words: str = ""
    files: tuple[IncomingFile, ...] = ()
    failed: tuple[str, ...] = ()
    is_automatic: bool = False
    is_partial: bool = False


def parse_incoming_email(raw: bytes) -> IncomingEmail:
    """Read an e-mail; nothing in it raises an error."""
    beginning, is_cut = raw[:MOST_BYTES], len(raw) > MOST_BYTES
    head = _BLANK.split(beginning[:_MOST_HEAD], maxsplit=1)[0]
    is_sane = beginning.count(b"\n") <= _MOST_LINES and _holds_at_most(
        _PART, beginning, _MOST_PARTS
    )
    if is_sane and _holds_at_most(_LEVEL, beginning, _MOST_LEVELS):
        with suppress(Exception):  # whatever somebody wrote to make the parser fail
            return _read(beginning, is_cut=is_cut)
    with suppress(Exception):
        return _read(head, is_cut=True)
    return IncomingEmail(message_id=sha256(raw).hexdigest(), is_partial=True)


def _holds_at_most(pattern: re.Pattern[bytes], raw: bytes, most: int) -> bool:
    return sum(1 for _ in islice(pattern.finditer(raw), most + 1)) <= most


def _read(raw: bytes, *, is_cut: bool) -> IncomingEmail:
    message = message_from_bytes(raw)
    named = _field(message, "Message-ID").strip() or sha256(raw).hexdigest()
    if message.get_content_type() == "multipart/report" or _is_from_a_machine(message):
        return _read_report(raw.decode("latin-1"), named)
    texts: list[str] = []
    pages: list[str] = []
    files: list[IncomingFile] = []
    for part in _parts(message):
        kind, name = part.get_content_type(), _file_name(part)
        is_shown = part.get_content_disposition() != "attachment" and not name
        if is_shown and kind in ("text/plain", "text/html"):
            (texts if kind == "text/plain" else pages).append(_text_of(part))
        elif kind not in _SEALS and not is_cut and len(files) < _MOST_FILES:
            content = part.get_payload(decode=True)
            content = content if isinstance(content, bytes) else b""
            is_inline = part.get("Content-ID") and kind.startswith("image/")
            if not (is_inline and len(content) <= _SMALL_PICTURE):
                files.append(IncomingFile(name=name or kind, content=content))
    text = "\n".join(texts)
    if not text.strip():
        text = "\n".join(map(text_of_page, pages))
    places = [_field(message, place) for place in _PLACES]
    return IncomingEmail(
        message_id=named,
        sender=_sender(message),
        names=" ".join(places)[:_MOST_HEAD].lower(),
        words=new_words(text),
        files=tuple(files),
        is_automatic=_is_automatic(message),
        is_partial=is_cut,
    )


def _read_report(said: str, named: str) -> IncomingEmail:
    """A report of a mail server (RFC 3464); what it gave back is named in its last part."""
    given_back = (one[1].lower() for one in _NAMED.finditer(said))
    failed = tuple(islice(given_back, 10)) if _FAILED.search(said) else ()
    return IncomingEmail(message_id=named, is_automatic=True, failed=failed)


def _parts(message: Message) -> Iterator[Message]:
    """What holds no other parts; a message within the message is one file."""
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from _parts(part)
    else:
        yield message


def _field(message: Message, name: str) -> str:
    """Every field of this name, on one line; some programs encode what is too long for one."""
    said = " ".join(str(one) for one in message.get_all(name, ()))[:_MOST_HEAD]
    return _decoded(said) if "=?" in said else said


def _decoded(said: str) -> str:
    return str(make_header(decode_header(said)))


def _sender(message: Message) -> str:
    found = getaddresses([_field(message, "From")])
    is_forged = "dmarc=fail" in _field(message, "Authentication-Results").lower()
    return "" if len(found) != 1 or is_forged else found[0][1].strip().lower()


def _is_from_a_machine(message: Message) -> bool:
    """Mail servers speak without a return address (RFC 5321, 4.5.5)."""
    sender = _sender(message)
    return _field(message, "Return-Path").strip() == "<>" or sender.startswith(_MACHINES)


def _is_automatic(message: Message) -> bool:
    """RFC 3834 says it in `Auto-Submitted`; others have had their own ways."""
    submitted = _field(message, "Auto-Submitted").strip().lower() or "no"
    is_bulk = _field(message, "Precedence").strip().lower() in _BULK
    return is_bulk or submitted != "no" or any(name in message for name in _AUTOMATIC)


def _file_name(part: Message) -> str:
    name = part.get_filename() or ""
    return one_line(_decoded(name))[:200]


def _text_of(part: Message) -> str:
    content = part.get_payload(decode=True)
    raw = content if isinstance(content, bytes) else b""
    try:
        return raw.decode(part.get_content_charset("utf-8"))[:_MOST_TEXT]
    except (LookupError, UnicodeError):
        return raw.decode("cp1252", "replace")[:_MOST_TEXT]


def text_of_page(page: str) -> str:
    """The words of an e-mail that is nothing but HTML, up to the quote of what it answers."""
    said, silent = [], ""
    for place, piece in enumerate(_TAG.split(page)):
        tag = "".join(piece.strip("</>").split(maxsplit=1)[:1]).lower()
        if place % 2 == 0:  # what stands between two tags
            said.append("" if silent else piece.replace("\n", " "))
        elif _PAGE_QUOTE.search(piece):
            break
        elif tag in _SILENT_TAGS:
            silent = "" if piece.startswith("</") else tag
        elif tag in _LINE_TAGS:
            said.append("\n")
    return unescape("".join(said))


_TAG: Final = re.compile(r"(<[^<>]*>)")
_PAGE_QUOTE: Final = re.compile(
    r"<blockquote|gmail_quote|divRplyFwdMsg|appendonsend|moz-cite-prefix", re.IGNORECASE
)
_SILENT_TAGS: Final = ("style", "script", "title")
_LINE_TAGS: Final = ("br", "p", "div", "tr", "li", "h1", "h2", "h3", "hr")
_FLAGS: Final = re.IGNORECASE | re.MULTILINE | re.VERBOSE
_QUOTES: Final = re.compile(
    r"""
    # « Le 23 nov. 2026 à 10:12, Guichet <…> a écrit : », on one line or two, and its quote.
    ^[>\ ]*(?:Le|On)\b[^\n]{4,250}(?:\n[^\n]{0,120})?\b(?:[ée]crit|wrote)\ ?:[\ \n]*\n>
    # « ----- Mail original ----- »
    | ^[>\ ]*[-_]{2,}\ ?(?:Message\ d.origine|(?:Mail|Courriel)\ original|Original\ Message
        |Message\ transf[ée]r[ée]|Forwarded\ message)\ ?[-_]{2,}$
    # « De : … » and « Envoyé : … » below it, as Outlook has them
    | ^(?:_{10,}\n+)?\*?(?:De|From)\*?\ ?:[^\n]+\n
        (?:[^\n]+\n)?\*?(?:Envoy[ée]|Date|Sent|[ÀA]|To)\*?\ ?:
    """,
    _FLAGS,
)
_SIGNATURE: Final = re.compile(
    r"""
    ^--\ ?$
    # « Envoyé de mon iPhone », « Obtenir Outlook pour iOS »
    | ^(?:Envoy[ée]|Obtenir|T[ée]l[ée]charge[rz]|Sent|Get|Provenance)\b[^\n]{0,60}
        \b(?:iPhone|iPad|Outlook|Android|mobile|smartphone|Samsung|t[ée]l[ée]phone|appareil|Mail)\b
        [^\n]{0,60}$
    # « Bien cordialement, » alone on its line
    | ^(?:(?:bien|tr[èe]s|sinc[èe]rement)\ )*
        (?:cordialement|cdt|cdlt|respectueusement|(?:sinc[èe]res\ )?salutations
        (?:\ distingu[ée]es)?)(?:\ [àa]\ (?:vous|tous))?[\ ,.!]*$
    """,
    _FLAGS,
)
_POSTSCRIPT: Final = re.compile(r"^P\.?-?S\.?(?:\ ?:|\b)", _FLAGS)


def new_words(text: str) -> str:
    """What somebody wrote themselves: without what they answer, and without their signature.

    Where nothing is left (an answer below or inside the quote), every line that is no quote stays.
    """
    said = "\n".join(line.strip() for line in clean(text).split("\n"))
    quote = _QUOTES.search(said)
    own = said[: quote.start()] if quote else said
    signature = _SIGNATURE.search(own)
    if signature:
        postscript = _POSTSCRIPT.search(own, signature.end())
        own = own[: signature.start()] + (own[postscript.start() :] if postscript else "")
    return _unquoted(own) or _unquoted(_QUOTES.sub("\n>", said))


def _unquoted(text: str) -> str:
    lines = "\n".join(line for line in text.split("\n") if not line.startswith(">"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()
