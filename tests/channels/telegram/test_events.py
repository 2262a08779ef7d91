"""What an update means, one by one."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import telegram
from telegram.constants import MessageAttachmentType

from bot.channels.telegram.events import Elsewhere, News, Reach, medium_in, to_event
from bot.channels.telegram.receiver import ALLOWED
from bot.conversation.events import (
    Commanded,
    Event,
    Medium,
    MessageEdited,
    Picked,
    Replied,
    Typed,
    UnreadableSent,
)
from bot.services.helpdesk_config import IncomingEvent

TELEGRAM_PAGE = Path(__file__).parents[3] / "docs" / "telegram.md"
PRIVATE = {"id": 7, "type": "private", "first_name": "<b>Ana</b>"}
ANA = {"id": 7, "is_bot": False, "first_name": "<b>Ana</b>"}
GROUP = {"id": -5, "type": "group", "title": "G"}
PLACE = {"latitude": 1.0, "longitude": 2.0}
VENUE = {"location": PLACE, "title": "Mairie", "address": "1 place"}
VIDEO = {"file_id": "v", "file_unique_id": "v", "width": 1, "height": 1, "duration": 1}
STICKER = {
    "file_id": "s",
    "file_unique_id": "s",
    "width": 1,
    "height": 1,
    "is_animated": False,
    "is_video": False,
    "type": "regular",
}
NOW = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())


def read(kind: str, **content: Any) -> News | None:
    return to_event(telegram.Update.de_json({"update_id": 1, kind: content}), "GuichetBot")


def message(kind: str = "message", **content: Any) -> News | None:
    return read(kind, message_id=3, date=NOW, chat=PRIVATE, **{"from": ANA}, **content)


def event(news: News | None) -> Event:
    assert isinstance(news, IncomingEvent)
    assert news.address == "telegram:7"
    return news.event


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("bonjour", Typed("bonjour")),
        ("/start", Commanded("start")),
        ("/Start@guichetbot  a_12 ", Commanded("start", "a_12")),
        ("/aide\nmerci", Commanded("aide", "merci")),
        ("/confidentialité", Commanded("confidentialite")),
        ("/aide@another_bot", Typed("/aide@another_bot")),
        ("/", Typed("/")),
        ("/etc/passwd", Typed("/etc/passwd")),
        ("1/2", Typed("1/2")),
        ("half \ud83d", Typed("half \ufffd")),
    ],
)
def test_texts_and_commands(typed: str, meant: Event) -> None:
    assert event(message(text=typed)) == meant


def test_a_message_is_named_so_that_it_can_be_erased() -> None:
    news = message(text="bonjour")
    assert isinstance(news, IncomingEvent)
    assert news.message == "3"


def test_an_edited_message_is_a_correction() -> None:
    assert event(message("edited_message", text="mieux")) == MessageEdited("mieux", "3")
    assert message("edited_message", location={"latitude": 1.0, "longitude": 2.0}) is None


def test_what_the_chat_itself_tells_is_nothing() -> None:
    assert message(supergroup_chat_created=True) is None
    assert message(delete_chat_photo=True) is None


def press(data: str, **where: Any) -> News | None:
    place = {"message_id": 3, "date": NOW, "chat": PRIVATE, **where}
    return read(
        "callback_query", id="1", chat_instance="x", data=data, message=place, **{"from": ANA}
    )


@pytest.mark.parametrize(
    ("data", "code", "turn"),
    [
        ("12~read.a1", "read.a1", 12),
        ("read.a1", "read.a1", None),
        ("-1~more", "-1~more", None),
        ("9" * 30 + "~more", "9" * 30 + "~more", None),
        ("1~", "1~", None),
    ],
)
def test_presses(data: str, code: str, turn: int | None) -> None:
    news = press(data)
    assert isinstance(news, IncomingEvent)
    assert (news.event, news.turn) == (Picked(code), turn)


def test_a_press_on_anothers_message_belongs_to_no_turn() -> None:
    news = press("12~more", chat={**PRIVATE, "id": 8})
    assert isinstance(news, IncomingEvent)
    assert (news.address, news.turn) == ("telegram:7", None)


def test_a_press_on_a_message_too_old_to_be_shown_still_counts() -> None:
    news = press("12~more", date=0)
    assert isinstance(news, IncomingEvent)
    assert news.turn == 12


def test_groups_are_left() -> None:
    elsewhere = {"message_id": 3, "date": NOW, "from": ANA, "text": "bonjour"}
    assert read("message", chat=GROUP, **elsewhere) == Elsewhere(-5)


@pytest.mark.parametrize(("status", "reachable"), [("kicked", False), ("member", True)])
def test_blocking(status: str, reachable: bool) -> None:
    bot = {"id": 1, "is_bot": True, "first_name": "B"}
    old, new = {"user": bot, "status": "left"}, {"user": bot, "status": status, "until_date": 0}
    news = read(
        "my_chat_member", chat=PRIVATE, date=NOW, old_chat_member=old, new_chat_member=new,
        **{"from": ANA},
    )  # fmt: skip
    assert news == Reach("telegram:7", reachable)


@pytest.mark.parametrize(
    ("held", "medium"),
    [
        ({"sticker": STICKER}, Medium.STICKER),
        ({"location": PLACE, "venue": VENUE}, Medium.LOCATION),
        ({"video": VIDEO, "caption": "voir"}, Medium.RECORDING),
        ({"dice": {"emoji": "🎲", "value": 6}}, Medium.OTHER),
        ({"new_in_2031": {"what": "ever"}}, Medium.OTHER),
    ],
)
def test_what_is_no_text_is_named_and_what_is_too_new_is_answered(
    held: dict[str, Any], medium: Medium
) -> None:
    assert event(message(**held)) == UnreadableSent(medium, held.get("caption", ""))


def test_every_content_that_the_library_knows_is_answered_and_nothing_else() -> None:
    known = {"from" if name == "from_user" else name for name in telegram.Message.__slots__}
    attached = {str(kind) for kind in MessageAttachmentType} | {"checklist"}
    ours = {"_effective_attachment"}  # the library's own

    assert {name for name in known - ours if medium_in({name})} == attached


def rows_of(heading: str) -> dict[str, str]:
    """What docs/telegram.md says of each field, by its name in the Bot API."""
    table = TELEGRAM_PAGE.read_text("utf-8").split(f"| {heading} |")[1].split("\n\n")[0]
    lines = [line.strip("|").split("|", 1) for line in table.splitlines()[2:]]
    named = [(name, done) for names, done in lines for name in re.findall(r"`(\w+)`", names)]
    assert len(named) == len(dict(named))
    return dict(named)


def test_every_field_of_a_message_has_its_row_in_the_docs() -> None:
    slots = {*telegram.Message.__slots__, *telegram.MaybeInaccessibleMessage.__slots__}
    known = {"from" if name == "from_user" else name for name in slots}

    assert rows_of("in a message").keys() == known - {"_effective_attachment"}


def test_every_kind_of_update_has_its_row_in_the_docs() -> None:
    rows = rows_of("kind of update")

    assert rows.keys() == {str(kind) for kind in telegram.Update.ALL_TYPES}
    assert {name for name, done in rows.items() if "not asked for" not in done} == set(ALLOWED)


BOT = {"id": 1, "is_bot": True, "first_name": "Guichet"}
REFERENCE = "PEPS-2026-000123"


def said_before(text: str, who: dict[str, Any] = BOT) -> dict[str, Any]:
    return {"message_id": 2, "date": NOW, "chat": PRIVATE, "from": who, "text": text}


def test_a_reply_to_what_the_bot_said_of_one_request_is_for_that_request() -> None:
    asked = said_before(f"Votre demande {REFERENCE} (Taux) attend une réponse.\nQuel mois ?")
    assert event(message(text="Mars", reply_to_message=asked)) == Replied("Mars", REFERENCE)
    photo = [{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1, "file_size": 9}]
    sent = event(message(photo=photo, caption="la voici", reply_to_message=asked))
    assert isinstance(sent, Replied)
    assert sent.file is not None
    assert (sent.text, sent.reference, sent.file.document) == ("la voici", REFERENCE, "p")


@pytest.mark.parametrize(
    "before",
    [
        said_before("Voici ce que dit l'aide"),
        said_before(f"Vos demandes :\n{REFERENCE}\nPEPS-2026-000124"),
        said_before(f"et {REFERENCE} ?", ANA),
    ],
)
def test_a_reply_to_anything_else_is_a_text(before: dict[str, Any]) -> None:
    assert event(message(text="Mars", reply_to_message=before)) == Typed("Mars")


def test_a_command_in_a_reply_is_a_command() -> None:
    asked = said_before(f"Votre demande {REFERENCE} attend.")
    assert event(message(text="/aide", reply_to_message=asked)) == Commanded("aide")
