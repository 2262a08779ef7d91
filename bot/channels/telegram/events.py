"""What an update means: a turn of a person, a chat that opened or closed, a group to leave.

update ─► to_event ─► Heard | Reach | Elsewhere | None
"""

import re
from dataclasses import dataclass

from bot.channels.formatting import whole_characters
from bot.channels.telegram.events import medium_in
from bot.channels.telegram.files import file_of
from bot.channels.telegram.staff.updates import StaffNews, staff_news
from bot.channels.telegram.updates import Part
from bot.conversation.events import (
    Attached,
    Commanded,
    Event,
    Medium,
    MessageEdited,
    Picked,
    Typed,
    UnreadableSent,
)
from bot.domain.text import without_accents
from bot.services.helpdesk import IncomingEvent

COMMAND = re.compile(r"/(\w{1,32})(?:@(\w+))?(?:\s+(.*))?", re.DOTALL)
DATA = re.compile(r"(\d{1,18})~(.+)")
GONE = ("left", "kicked")
KINDS = ("message", "edited_message", "my_chat_member", "message_reaction", "channel_post")


@dataclass(frozen=True, slots=True)
class Reach:
    """Somebody blocked the bot, or lets it write again."""

    address: str
    reachable: bool


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The bot stands in a group or channel that is not the desk's own."""

    chat_id: int


News = IncomingEvent | Reach | Elsewhere | StaffNews


def to_event(update: Part, bot_username: str, staff_chat_ids: tuple[int, ...] = ()) -> News | None:
    """What an update means to the desk; None for what is no business of its.

    Raises:
        UnreadableError: something that the desk has to know of it is not as Telegram says.
    """
    chat = _chat_of(update)
    if chat is not None and chat.text("type") != "private":
        number = chat.number("id")
        if number in staff_chat_ids:
            return staff_news(update, bot_username)
        return _in_group(number, update.find("my_chat_member"))
    if message := update.find("message"):
        return _heard(message, _sent(message, bot_username))
    if message := update.find("edited_message"):
        return _heard(message, _edited(message))
    if press := update.find("callback_query"):
        return _pressed(press)
    if change := update.find("my_chat_member"):
        return Reach(address_of(change.part("chat").number("id")), not _has_left(change))
    return None


def address_of(chat_id: int) -> str:
    return f"telegram:{chat_id}"


def chat_of(address: str) -> int:
    return int(address.partition(":")[2])


def _chat_of(update: Part) -> Part | None:
    """Where it happened; a press tells of its message only when that is still there."""
    if press := update.find("callback_query"):
        message = press.find("message")
        return message.part("chat") if message else None
    for kind in KINDS:
        if found := update.find(kind):
            return found.part("chat")
    return None


def _in_group(chat_id: int, change: Part | None) -> Elsewhere | None:
    return None if change is not None and _has_left(change) else Elsewhere(chat_id)


def _has_left(change: Part) -> bool:
    return change.part("new_chat_member").text("status") in GONE


def _heard(message: Part, event: Event | None) -> IncomingEvent | None:
    if event is None:
        return None
    address = address_of(message.part("chat").number("id"))
    return IncomingEvent(address=address, event=event, message=str(message.number("message_id")))


def _sent(message: Part, bot_username: str) -> Event | None:
    words = whole_characters(message.text("text") or message.text("caption"))
    if message.has("forward_origin"):
        return UnreadableSent(Medium.FORWARDED, words)
    if message.has("text"):
        # What an inline bot wrote in somebody's name is not what they said.
        is_theirs = not message.has("via_bot")
        return _said(words, bot_username) if is_theirs else UnreadableSent(Medium.OTHER, words)
    file = file_of(message)
    if file is not None:  # what it truly is, its content will tell
        return Attached(file.document, file.name, size=file.size, caption=words)
    medium = medium_in(message.names)
    return UnreadableSent(medium, words) if medium else None


def _said(words: str, bot_username: str) -> Event:
    command = COMMAND.fullmatch(words)
    if command is None:
        return Typed(words)
    name, addressee, payload = command.groups()
    if addressee is not None and addressee.lower() != bot_username.lower():
        return Typed(words)
    return Commanded(without_accents(name).lower(), (payload or "").strip())


def _edited(message: Part) -> Event | None:
    """What was corrected; a live location moves by edits, and needs no answer each time."""
    words, source = (
        message.text("text") or message.text("caption"),
        str(message.number("message_id")),
    )
    return MessageEdited(whole_characters(words), source) if words else None


def _pressed(press: Part) -> IncomingEvent:
    """A press; its turn is lost, so that it is stale, when it was forged or is another's button."""
    data, sender = press.text("data"), press.part("from").number("id")
    found, message = DATA.fullmatch(data), press.find("message")
    own = message is not None and message.part("chat").number("id") == sender
    address = address_of(sender)
    if found is None or not own:
        return IncomingEvent(address=address, event=Picked(whole_characters(data)))
    return IncomingEvent(address=address, event=Picked(found[2]), turn=int(found[1]))
