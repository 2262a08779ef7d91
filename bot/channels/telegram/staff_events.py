"""What happens in a staff group: said, corrected, pressed, closed by hand, or looked at.

In a topic every message that is no reply looks like a reply to the service message that opened the
topic: only what it answers tells whether it is meant for the requester, and that the room decides.
"""

import re
from dataclasses import dataclass, field

from bot.channels.formatting import whole_characters
from bot.channels.telegram.updates import Part
from bot.domain.text import without_accents

COMMAND = re.compile(r"/(\w{1,32})(?:@(\w+))?(?:\s+(.*))?", re.DOTALL)
SEEN = "👀"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a group: the topic, and who is there."""

    chat_id: int
    thread_id: int
    user_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class File:
    """A document or a photo that Telegram holds, by its name there (`document`)."""

    document: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Said:
    """A text; `replies_to` is the message it answers, `command` what it asks of the bot.

    The text of a `file` is its caption, which may be empty.
    """

    place: Place
    text: str
    replies_to: int | None = None
    command: str = ""
    payload: str = ""
    file: File | None = None


@dataclass(frozen=True, slots=True)
class Brought:
    """A file that was sent as an answer is here; empty content is one that could not be read."""

    place: Place
    text: str
    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Edited:
    """A text was corrected."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of ours was pressed."""

    place: Place
    code: str


@dataclass(frozen=True, slots=True)
class TopicMoved:
    """Somebody closed or reopened the topic by hand."""

    place: Place
    closed: bool


@dataclass(frozen=True, slots=True)
class Reacted:
    """Somebody looked at a message, and says so."""

    chat_id: int
    message_id: int
    user_id: int


StaffNews = Said | Brought | Edited | Pressed | TopicMoved | Reacted


def staff_news(update: Part, bot_username: str) -> StaffNews | None:
    """What an update of a staff group means; None for what is no business of the desk."""
    if message := update.find("message"):
        return _said(message, bot_username)
    if message := update.find("edited_message"):
        return _edited(message)
    if press := update.find("callback_query"):
        return _pressed(press)
    if change := update.find("message_reaction"):
        return _reacted(change)
    return None


def _place(message: Part, sender: Part | None) -> Place:
    return Place(
        chat_id=message.part("chat").number("id"),
        thread_id=message.count("message_thread_id"),
        user_id=sender.number("id") if sender else 0,
        message_id=message.number("message_id"),
    )


def _said(message: Part, bot_username: str) -> StaffNews | None:
    sender = message.find("from")
    if sender is None or sender.raw.get("is_bot"):
        return None  # the bot's own closing of a topic comes back as a service message
    place = _place(message, sender)
    if message.has("forum_topic_closed") or message.has("forum_topic_reopened"):
        return TopicMoved(place, closed=message.has("forum_topic_closed"))
    replied = message.find("reply_to_message")
    replies_to = replied.number("message_id") if replied else None
    if not message.has("text"):
        file, caption = file_of(message), whole_characters(message.text("caption"))
        return Said(place, caption, replies_to, file=file) if file else None
    words = whole_characters(message.text("text"))
    command = COMMAND.fullmatch(words)
    if command is None or words.startswith("//"):
        return Said(place, words, replies_to)
    name, addressee, payload = command.groups()
    if addressee is not None and addressee.lower() != bot_username.lower():
        return None  # another bot's
    plain = without_accents(name).lower()
    return Said(place, words, replies_to, plain, (payload or "").strip())


def _edited(message: Part) -> Edited | None:
    words = whole_characters(message.text("text") or message.text("caption"))
    return Edited(_place(message, message.find("from")), words) if words else None


def _pressed(press: Part) -> Pressed | None:
    """A press; on a message that is too old to be shown it says too little."""
    message = press.find("message")
    if message is None or not message.number("date"):
        return None
    return Pressed(_place(message, press.part("from")), press.text("data"))


def _reacted(change: Part) -> Reacted | None:
    seen = any(one.raw.get("emoji") == SEEN for one in change.parts("new_reaction"))
    user = change.find("user")
    if not seen or user is None:
        return None
    return Reacted(change.part("chat").number("id"), change.number("message_id"), user.number("id"))


def file_of(message: Part) -> File | None:
    """The document of a message, or its photo in the largest size."""
    document = message.find("document")
    if document is not None:
        name = whole_characters(document.text("file_name"))
        return File(document.text("file_id"), name, document.count("file_size"))
    sizes = message.parts("photo")
    return File(sizes[-1].text("file_id"), "photo", sizes[-1].count("file_size")) if sizes else None
