"""What happens in a staff group: said, corrected, pressed, closed by hand, or looked at.

In a topic every message that is no reply looks like a reply to the service message that opened the
topic: only what it answers tells whether it is meant for the requester, and that the room decides.
"""

import re
from dataclasses import dataclass

from telegram import Message, MessageReactionUpdated, Update

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
class Said:
    """A text; `replies_to` is the message it answers, `command` what it asks of the bot."""

    place: Place
    text: str
    replies_to: int | None = None
    command: str = ""
    payload: str = ""


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


StaffNews = Said | Edited | Pressed | TopicMoved | Reacted


def staff_news(update: Update, bot_username: str) -> StaffNews | None:
    """What an update of a staff group means; None for what is no business of the desk."""
    if update.message is not None:
        return _said(update.message, bot_username)
    if update.edited_message is not None and update.edited_message.text:
        return Edited(_place(update.edited_message), update.edited_message.text)
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
    if message.text is None:
        return None
    replied = message.reply_to_message
    replies_to = replied.message_id if replied else None
    command = COMMAND.fullmatch(message.text)
    if command is None or message.text.startswith("//"):
        return Said(place, message.text, replies_to)
    name, addressee, payload = command.groups()
    if addressee is not None and addressee.lower() != bot_username.lower():
        return None  # another bot's
    return Said(place, message.text, replies_to, name.lower(), (payload or "").strip())


def _reacted(change: MessageReactionUpdated) -> Reacted | None:
    seen = any(getattr(one, "emoji", "") == SEEN for one in change.new_reaction)
    if not seen or change.user is None:
        return None
    return Reacted(change.chat.id, change.message_id, change.user.id)
