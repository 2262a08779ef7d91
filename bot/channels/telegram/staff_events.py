"""What happens in a staff group: said, corrected, pressed, closed by hand, or looked at.

In a topic every message that is no reply looks like a reply to the service message that opened the
topic: only what it answers tells whether it is meant for the requester, and that the room decides.
"""

import re
from dataclasses import dataclass, field

from telegram import Message, MessageReactionUpdated, Update

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


def staff_news(update: Update, bot_username: str) -> StaffNews | None:
    """What an update of a staff group means; None for what is no business of the desk."""
    if update.message is not None:
        return _said(update.message, bot_username)
    if update.edited_message is not None:
        return _edited(update.edited_message)
    if update.callback_query is not None:
        query = update.callback_query
        if not isinstance(query.message, Message):
            return None
        place = _place(query.message, query.from_user.id)
        return Pressed(place, query.data or "")
    if update.message_reaction is not None:
        return _reacted(update.message_reaction)
    return None


def _place(message: Message, user_id: int | None = None) -> Place:
    return Place(
        chat_id=message.chat.id,
        thread_id=message.message_thread_id or 0,
        user_id=user_id or (message.from_user.id if message.from_user else 0),
        message_id=message.message_id,
    )


def _said(message: Message, bot_username: str) -> StaffNews | None:
    if message.from_user is None or message.from_user.is_bot:
        return None  # the bot's own closing of a topic comes back as a service message
    place = _place(message)
    if message.forum_topic_closed is not None or message.forum_topic_reopened is not None:
        return TopicMoved(place, closed=message.forum_topic_closed is not None)
    replied = message.reply_to_message
    replies_to = replied.message_id if replied else None
    if message.text is None:
        file, caption = file_of(message), whole_characters(message.caption or "")
        return Said(place, caption, replies_to, file=file) if file else None
    words = whole_characters(message.text)
    command = COMMAND.fullmatch(words)
    if command is None or words.startswith("//"):
        return Said(place, words, replies_to)
    name, addressee, payload = command.groups()
    if addressee is not None and addressee.lower() != bot_username.lower():
        return None  # another bot's
    plain = without_accents(name).lower()
    return Said(place, words, replies_to, plain, (payload or "").strip())


def _edited(message: Message) -> Edited | None:
    words = whole_characters(message.text or message.caption or "")
    return Edited(_place(message), words) if words else None


def file_of(message: Message) -> File | None:
    """The document of a message, or its photo in the largest size."""
    document = message.document
    if document is not None:
        name = whole_characters(document.file_name or "")
        return File(document.file_id, name, document.file_size or 0)
    if message.photo:
        largest = message.photo[-1]
        return File(largest.file_id, "photo", largest.file_size or 0)
    return None


def whole_characters(words: str) -> str:
    """Halves of characters, which JSON lets through and nothing else can hold, are replaced."""
    return words.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _reacted(change: MessageReactionUpdated) -> Reacted | None:
    seen = any(getattr(one, "emoji", "") == SEEN for one in change.new_reaction)
    if not seen or change.user is None:
        return None
    return Reacted(change.chat.id, change.message_id, change.user.id)
