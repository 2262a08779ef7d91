"""The pure readers behind the doors, each as a function of bytes: what a guided search runs.

Whatever the bytes are, a reader takes them or refuses them in its own way; any other error is a
find. `SEEDS` are bytes that lead far into each, to begin from.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from pydantic import ValidationError
from support.registers import TODAY, a_register
from telegram import Update
from torture.test_doors import a_message, a_press, a_workbook

from bot.background.inbound_webhook import InboundEvent
from bot.channels.telegram.events import to_event
from bot.channels.telegram.staff.updates import staff_news
from bot.channels.telegram.webhook import _parse
from bot.connectors.webhook import SignatureError, sign_body, verify_signature
from bot.conversation.context import Context
from bot.conversation.events import Picked
from bot.conversation.input import interpret
from bot.conversation.machine import advance
from bot.conversation.session import Session
from bot.domain.account_columns import MissingColumnError, find_accounts
from bot.domain.account_import import plan_import
from bot.domain.people import Profile
from bot.domain.spreadsheet import UnreadableSpreadsheetError, read_spreadsheet
from bot.services.helpdesk_config import IncomingEvent
from knowledge import ContentError, load_knowledge
from knowledge.articles import parse_article
from knowledge.catalogue import load_catalogue

Reader = Callable[[bytes], None]
NOW = datetime(2026, 3, 3, tzinfo=UTC)
SECRET = "s" * 40
CONTENT = files("knowledge") / "content"
CATALOGUE = ("fields.toml", "catalogue.toml", "queues.toml")


def read_update(data: bytes) -> None:
    """A body that Telegram's webhook brings, and what it means."""
    raw = _parse(data)
    if raw is not None:
        with suppress(Exception):  # what cannot be read is put aside, whatever it fails with
            update = Update.de_json(raw)
            staff_news(update, "guichet_bot")
            to_event(update, "guichet_bot")


def read_words(data: bytes) -> None:
    """What somebody writes: a question, a command, a deep link; as far as the first step."""
    update = Update.de_json(a_message(1, data.decode("utf-8", "replace")))
    heard = to_event(update, "guichet_bot")
    assert isinstance(heard, IncomingEvent)
    _step(heard)


def read_press(data: bytes) -> None:
    """The data of a button that nobody offered."""
    update = Update.de_json(a_press(1, 1, data.decode("utf-8", "replace")))
    heard = to_event(update, "guichet_bot")
    assert isinstance(heard, IncomingEvent)
    assert isinstance(heard.event, Picked)
    _step(heard)


def _step(heard: IncomingEvent) -> None:
    context = Context(knowledge=load_knowledge(), profile=Profile(), today=TODAY, identity="d")
    session = Session()
    advance(session.state, interpret(session, heard.event, heard.turn, context), context)


def read_accounts(data: bytes) -> None:
    """A sheet of accounts, CSV or XLSX."""
    with suppress(UnreadableSpreadsheetError, MissingColumnError):
        sheet = find_accounts(read_spreadsheet(data))
        plan_import(a_register(), sheet, TODAY, months=18, new_id=lambda: "n")


def read_article(data: bytes) -> None:
    with suppress(ContentError):
        parse_article(_Paper("any.md", data))  # type: ignore[arg-type]


def read_catalogue(data: bytes) -> None:
    """Its first byte chooses which of the three files is the odd one."""
    name = CATALOGUE[data[0] % len(CATALOGUE)] if data else CATALOGUE[0]
    with suppress(ContentError):
        load_catalogue(_Folder(name, data[1:]))  # type: ignore[arg-type]


def read_event(data: bytes) -> None:
    """A body that another ticketing system signed."""
    with suppress(ValidationError):
        InboundEvent.model_validate_json(data)


def read_signature(data: bytes) -> None:
    """A moment and signatures, as headers bring them."""
    moment, _, rest = data.decode("utf-8", "surrogateescape").partition("\n")
    with suppress(SignatureError):
        verify_signature(b"{}", (SECRET,), NOW, timestamp=moment, signature=rest)


class _Paper:
    """A file that is nowhere."""

    def __init__(self, name: str, content: bytes) -> None:
        self._name, self._content = name, content

    def __str__(self) -> str:
        return self._name

    def read_text(self, encoding: str) -> str:
        return self._content.decode(encoding)


class _Folder:
    """The content as it is shipped, but for one file."""

    def __init__(self, name: str, content: bytes) -> None:
        self._name, self._content = name, content

    def __truediv__(self, name: str) -> Any:
        return _Paper(name, self._content) if name == self._name else CONTENT / name


def _proof() -> bytes:
    return "\n".join(sign_body(b"{}", (SECRET,), NOW).values()).encode()


def _shipped(name: str) -> bytes:
    return (CONTENT / name).read_bytes()[:1500]


WORDS = (b"/start m_5zmc", b"/start i_abc", b"/start a_x", b"/aide", "mdp oublié".encode())
READERS: Mapping[str, tuple[Reader, Callable[[], list[bytes]]]] = {
    "update": (read_update, lambda: [json.dumps(a_message(1, "/start m_x")).encode()]),
    "words": (
        read_words,
        lambda: [b"/start m_5zmc", b"/start i_abc", b"mdp oubli\xc3\xa9", b"/aide"],
    ),
    "press": (read_press, lambda: [b"1~theme.acces-peps", b"12~open.1", b"~"]),
    "accounts": (read_accounts, lambda: [b"Identifiant;Nom\nZ1;Petit\n", a_workbook()]),
    "article": (
        read_article,
        lambda: [(CONTENT / "aide" / "acces-peps" / "peps-creer-compte.md").read_bytes()],
    ),
    "catalogue": (
        read_catalogue,
        lambda: [bytes([n]) + _shipped(name) for n, name in enumerate(CATALOGUE)],
    ),
    "event": (
        read_event,
        lambda: [b'{"version":1,"id":"e","event":"ticket.message","reference":"PEPS-2026-000001"}'],
    ),
    "signature": (read_signature, lambda: [_proof(), b"1\nv1=x, v1=y"]),
}
