"""No NIR is kept or left in the chat, whatever its spelling and whichever door it comes through.

Each canary is a number of its own (commune 999: nobody's). After its turn every value of the
database is read, what is sealed too: nowhere stands the canary, and its message is to be erased.
"""

import itertools
import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from support.talking import A_NIR
from telegram import Update

from bot.app import App, assemble, open_store
from bot.channels.formatting import render_telegram
from bot.channels.telegram import message_limits
from bot.channels.telegram.events import to_event
from bot.channels.telegram.intake import _written
from bot.domain.identifiers import expected_nir_key
from bot.domain.redaction import redact_all
from bot.domain.sensitive_data import find_sensitive
from bot.services.helpdesk_config import IncomingEvent
from bot.settings import Settings
from bot.storage.sealed_columns import sealed_tables
from knowledge import KnowledgeBase

NOW = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)
USER = {"id": 1001, "is_bot": False, "first_name": "Anne"}
CHAT = {"id": 1001, "type": "private", "first_name": "Anne"}
FILE = {"file_id": "F", "file_unique_id": "U", "file_size": 10, "mime_type": "application/pdf"}
IBAN = "FR14 2004 1010 0505 0001 3M02 606"  # the registry's own example

CIRCLED = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
NAMED = "sexe {} année {} mois {} dép {} commune {} ordre {} clé {}"
SPELLINGS: dict[str, Callable[[list[str]], str]] = {
    "compact": "".join,
    "spaces": " ".join,
    "commas": ", ".join,
    "underscores": "_".join,
    "bars": " | ".join,
    "lines": "\n".join,
    "brackets": lambda groups: "".join(f"({group})" for group in groups),
    "letters": lambda groups: " ".join(groups).replace("0", "O"),
    "circled": lambda groups: "".join(groups).translate(CIRCLED),
    "named": lambda groups: NAMED.format(*groups),
    "no key": lambda groups: " ".join(groups[:-1]),
}


def message(**content: Any) -> dict[str, Any]:
    return {"message": {"message_id": 7, "date": 0, "from": USER, "chat": CHAT, **content}}


DOORS: dict[str, Callable[[str], dict[str, Any]]] = {
    "text": lambda nir: message(text=f"dossier de mme durand {nir} merci"),
    "/aide": lambda nir: message(text=f"/aide {nir}"),
    "/start": lambda nir: message(text=f"/start {nir}"),
    "unknown command": lambda nir: message(text=f"/nir {nir}"),
    "contact": lambda nir: message(contact={"phone_number": "0102030405", "first_name": nir}),
    "vcard": lambda nir: message(
        contact={"phone_number": "1", "first_name": "A", "vcard": f"BEGIN:VCARD\nNOTE:{nir}\nEND"}
    ),
    "poll": lambda nir: message(
        poll={
            "id": "5", "question": "?", "total_voter_count": 0, "is_closed": False,
            "options": [{"persistent_id": "1", "text": nir, "voter_count": 0}],
            "is_anonymous": True, "type": "regular", "allows_multiple_answers": False,
            "allows_revoting": False, "members_only": False,
        }
    ),
    "venue": lambda nir: message(
        venue={"location": {"longitude": 2.3, "latitude": 48.8}, "title": nir, "address": "rue"}
    ),
    "web app": lambda nir: message(web_app_data={"data": f"x={nir}", "button_text": "Envoyer"}),
    "quote": lambda nir: message(text="et ceci ?", quote={"text": nir, "position": 0}),
    "link": lambda nir: message(
        text="voir ici",
        entities=[{"type": "text_link", "offset": 0, "length": 8, "url": f"https://a.fr/?q={nir}"}],
    ),
    "name of a file": lambda nir: message(document={**FILE, "file_name": f"la {nir} ci.pdf"}),
    "name of a video": lambda nir: message(
        video={**FILE, "width": 1, "height": 1, "duration": 1, "file_name": f"x {nir} y.mp4"}
    ),
    "caption": lambda nir: message(document={**FILE, "file_name": "a.pdf"}, caption=f"voici {nir}"),
    "forwarded": lambda nir: message(
        text=f"de la part de {nir}",
        forward_origin={"type": "hidden_user", "date": 0, "sender_user_name": "X"},
    ),
    "edited": lambda nir: {
        "edited_message": message(text=f"non, {nir}", edit_date=1)["message"],
    },
}  # fmt: skip


@pytest.fixture
def app(folder: Path, knowledge: KnowledgeBase) -> Iterator[App]:
    settings = Settings(_env_file=None, data_dir=folder)
    app = assemble(settings, open_store(settings), knowledge, {"telegram": render_telegram}, {})
    yield app
    app.store.close()


def everything(app: App) -> str:
    """Every value of every row, the sealed ones opened."""
    said: list[str] = []
    tables = sealed_tables()
    with app.store._engine.connect() as connection:
        for sealed in tables:
            for row in connection.execute(select(sealed.table)).mappings():
                for column in sealed.columns:
                    if row[column.name] is not None:
                        place = sealed.place(row, column.name)
                        said.append(app.store.encryption.open(row[column.name], place))
        for table in tables[0].table.metadata.sorted_tables:
            for plain in connection.execute(select(table)):
                said += [str(value) for value in plain if not isinstance(value, bytes)]
    return "\n".join(said)


def canaries() -> Iterator[list[str]]:
    for order in itertools.count(1):
        number = f"2850675999{order:03}"
        yield ["2", "85", "06", "75", "999", f"{order:03}", expected_nir_key(number)]


def hear(app: App, raw: dict[str, Any], now: datetime = NOW) -> IncomingEvent:
    """One update becomes one turn."""
    came = to_event(Update.de_json({"update_id": 1, **raw}), "guichet_bot")
    assert isinstance(came, IncomingEvent)
    app.helpdesk.receive([came], now)
    return came


@pytest.mark.parametrize("door", DOORS)
def test_nothing_of_it_is_kept(app: App, door: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for (spelling, write), canary in zip(SPELLINGS.items(), canaries(), strict=False):
        nir = write(canary)
        assert find_sensitive(nir), spelling
        before = everything(app).count('"message":"7"')

        hear(app, DOORS[door](nir))

        kept = everything(app) + caplog.text
        assert nir not in kept, spelling
        assert "".join(canary[:-1]) not in kept, spelling
        assert kept.count('"message":"7"') == before + 1, (spelling, "is to be erased, once")


def test_an_iban_is_withheld_like_a_nir(app: App) -> None:
    hear(app, message(text=f"notre compte {IBAN}"))

    kept = everything(app)
    assert IBAN not in kept
    assert '"message":"7"' in kept
    assert "IBAN ou un numéro de carte bancaire" in kept


PARTS = [
    ["2 85 06 75", "999 001 16"],
    ["mon nir 2 85 06 75", "999 001 16 merci"],
    ["2 85", "06 75", "999 001 16"],
    ["2850675", "99900116"],
]


@pytest.mark.parametrize("parts", PARTS)
def test_two_messages_within_a_minute_are_one_number(app: App, parts: list[str]) -> None:
    for place, part in enumerate(parts):
        raw = message(text=part)
        raw["message"]["message_id"] = 70 + place
        hear(app, raw, NOW + timedelta(seconds=20 * place))

    kept = everything(app)
    assert all(f'"message":"{70 + place}"' in kept for place in range(len(parts)))
    assert parts[-1] not in kept
    assert "je l'ai effacé et ne l'ai pas gardé" in kept


def test_after_a_minute_two_numbers_are_two(app: App) -> None:
    hear(app, message(text="2 85 06 75"))
    hear(app, message(text="999 001 16"), NOW + timedelta(seconds=61))

    assert "je l'ai effacé" not in everything(app)


def test_a_held_text_is_held_without_its_number(app: App) -> None:
    long = f"bonjour {A_NIR} " + "mot " * 1020
    raw = message(text=long[:4090])
    came = to_event(Update.de_json({"update_id": 1, **raw}), "guichet_bot")
    assert isinstance(came, IncomingEvent)
    with app.store.transaction() as db:
        assert list(message_limits.complete(db, came, NOW, set())) == []
    assert A_NIR not in everything(app)

    with app.store.transaction() as db:
        (whole,) = message_limits.release_text(db, came.address)
        app.helpdesk.receive_one(db, whole, NOW)

    assert A_NIR not in everything(app)
    assert '"message":"7"' in everything(app)


def test_what_is_put_aside_is_kept_without_its_numbers() -> None:
    raw = message(contact={"first_name": "2, 85, 06, 75, 999, 001, 16", "phone_number": "1"})

    assert "999" not in _written(raw)
    assert redact_all(raw)["message"]["from"] == USER
    assert "Soleil" not in json.dumps(redact_all({"text": "mdp : Soleil2024!"}))


def test_a_reason_is_kept_without_the_number_in_it(app: App) -> None:
    with app.store.transaction() as db:
        db.audit_log.add("anne", "ticket.revealed", "R-1", "vu 2 85 06 75 999 080 34", NOW)
        (entry,) = db.audit_log.entries(limit=1)

    assert entry.detail == "vu [numéro retiré]"


def test_unset_means_the_terminal_alone(app: App) -> None:
    config = app.helpdesk.config
    assert config.rules_at("terminal:anne").nir_in_chat
    assert not config.rules_at("telegram:1001").nir_in_chat
