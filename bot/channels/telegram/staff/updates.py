"""What happens in a staff group: said, edited, pressed, closed by hand, or looked at.

In a topic every message that is no reply looks like a reply to the service message that opened the
topic: only what it answers tells whether it is meant for the requester (`staff.answers`).
`AdvisorContext` is what an advisor's update is handled and answered with. docs/telegram.md says for
each thing that Telegram may send what becomes of it.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from telegram import (
    CallbackQuery,
    Chat,
    Message,
    MessageReactionUpdated,
    ReactionTypeEmoji,
    Update,
    User,
)

from bot.channels.formatting import whole_characters
from bot.channels.telegram.events import (
    AnotherBotsError,
    TelegramFile,
    file_of,
    medium_in,
    read_command,
    recording_of,
)
from bot.conversation.texts import Text, fill, text, unescape
from bot.domain.people import Colleague
from bot.domain.ticket import Ticket
from bot.services.advisor_tickets import (
    ActionResult,
    ActionWarning,
    AdvisorAction,
    AdvisorDesk,
    AdvisorTickets,
)
from bot.services.ticket_notifications import STAFF
from bot.storage.store import Database

SEEN = "👀"
COMMAND_BEGIN = re.compile(r"/(?!/)")  # what begins with two never leaves


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicPlace:
    """Where in a group: the topic, and who is there."""

    chat_id: int
    thread_id: int
    user_id: int
    message_id: int

    def once(self, what: str) -> str:
        """The key of a sentence that one person reads once in a topic."""
        return f"told:{self.chat_id}:{self.thread_id}:{self.user_id}:{what}"


@dataclass(frozen=True, slots=True)
class Said:
    """A text; `replies_to` is the message it answers, `command` what it asks of the bot.

    The text of a `file` is its caption, which may be empty; `to_bot`: it answers the bot's words.
    """

    place: TopicPlace
    text: str
    replies_to: int | None = None
    command: str = ""
    payload: str = ""
    file: TelegramFile | None = None
    to_bot: bool = False


@dataclass(frozen=True, slots=True)
class Brought:
    """A file that was sent as an answer is here; empty content is one that could not be read."""

    place: TopicPlace
    text: str
    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Edited:
    """A text was edited."""

    place: TopicPlace
    text: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of ours was pressed."""

    place: TopicPlace
    code: str


@dataclass(frozen=True, slots=True)
class TopicMoved:
    """Somebody closed or reopened the topic by hand."""

    place: TopicPlace
    closed: bool


@dataclass(frozen=True, slots=True)
class Reacted:
    """Somebody looked at a message, and says so."""

    chat_id: int
    message_id: int
    user_id: int


class RefusalReason(StrEnum):
    """Why the desk does not take something; also the key of the sentence that says so."""

    ANONYMOUS = "anonymous"
    AS_CHANNEL = "as_channel"
    NO_WORDS = "no_words"
    REPLY_ELSEWHERE = "reply_elsewhere"


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Something that the desk cannot take; `closes` is what an anonymous administrator did to the
    topic by hand, `is_command` whether it asks something of the bot."""

    place: TopicPlace
    reason: RefusalReason
    replies_to: int | None = None
    is_command: bool = False
    closes: bool | None = None


SUPERGROUPS: Final = -(10**12)
"""The numbers of supergroups and channels are below this one (Bot API, dialog ids)."""


@dataclass(frozen=True, slots=True)
class GroupMoved:
    """A group became a supergroup, which is another chat for Telegram."""

    before: int
    after: int


StaffNews = Said | Brought | Edited | Pressed | TopicMoved | NotTaken | Reacted | GroupMoved


def staff_news(update: Update, bot_username: str) -> StaffNews | None:
    """What an update of a staff group means; None for what is no business of the desk."""
    if message := update.message:
        return _moved(message) or _heard(message, bot_username)
    if message := update.edited_message:
        return _edited(message)
    if press := update.callback_query:
        return _pressed(press)
    if change := update.message_reaction:
        return _reacted(change)
    return None


def place_of(message: Message, sender: User | None) -> TopicPlace:
    """Where a message stands, and who did something with it."""
    return TopicPlace(
        chat_id=message.chat.id,
        thread_id=message.message_thread_id or 0,
        user_id=sender.id if sender else 0,
        message_id=message.message_id,
    )


def _moved(message: Message) -> GroupMoved | None:
    """A group and the supergroup that it became each tell of the other; no supergroup becomes
    another chat, whoever says so."""
    before = message.migrate_from_chat_id or message.chat.id
    after = message.migrate_to_chat_id or message.chat.id
    return GroupMoved(before, after) if before != after and before > SUPERGROUPS else None


def _heard(message: Message, bot_username: str) -> StaffNews | None:
    """What was said or done by hand, and by whom."""
    sender = message.from_user
    if message.sender_chat is not None:
        return _said_by_a_chat(message, message.sender_chat)
    if sender is None or sender.is_bot:
        return None  # the bot's own closing of a topic comes back as a service message
    place, closes = place_of(message, sender), _closes_topic(message)
    if closes is not None:
        return TopicMoved(place, closed=closes)
    if message.external_reply is not None:
        return NotTaken(place, RefusalReason.REPLY_ELSEWHERE)
    return _said(message, place, bot_username)


def _said(message: Message, place: TopicPlace, bot_username: str) -> Said | NotTaken | None:
    """A text or a file; what is neither has no words to pass on."""
    replies_to, to_bot = _replies_to(message), _answers_bot(message)
    if message.text is None:
        caption = whole_characters(message.caption or "")
        if file := file_of(message) or recording_of(message):
            return Said(place, caption, replies_to, file=file, to_bot=to_bot)
        is_content = medium_in(message.to_dict().keys()) is not None
        return NotTaken(place, RefusalReason.NO_WORDS, replies_to) if is_content else None
    words = whole_characters(message.text)
    try:
        command = read_command(words, bot_username) if COMMAND_BEGIN.match(words) else None
    except AnotherBotsError:
        return None
    name, payload = command or ("", "")
    return Said(place, words, replies_to, name, payload, to_bot=to_bot)


def _said_by_a_chat(message: Message, chat: Chat) -> NotTaken | None:
    """What a channel says, or an administrator who hides their name: nobody of the desk."""
    closes, content = _closes_topic(message), message.to_dict().keys()
    is_said = message.text is not None or medium_in(content) is not None
    if message.is_automatic_forward or (closes is None and not is_said):
        return None
    is_anonymous = chat.id == message.chat.id
    return NotTaken(
        place_of(message, message.from_user),
        RefusalReason.ANONYMOUS if is_anonymous else RefusalReason.AS_CHANNEL,
        _replies_to(message),
        is_command=COMMAND_BEGIN.match(message.text or "") is not None,
        closes=closes,
    )


def _closes_topic(message: Message) -> bool | None:
    """What was done to the topic by hand, if anything."""
    if message.forum_topic_closed or message.forum_topic_reopened:
        return message.forum_topic_closed is not None
    return None


def _answers_bot(message: Message) -> bool:
    """Whether it answers something of the bot's, besides the service message of the topic."""
    replied = message.reply_to_message
    sender = replied.from_user if replied and not replied.forum_topic_created else None
    return sender is not None and sender.is_bot


def _replies_to(message: Message) -> int | None:
    return message.reply_to_message.message_id if message.reply_to_message else None


def _edited(message: Message) -> Edited | None:
    words = whole_characters(message.text or message.caption or "")
    return Edited(place_of(message, message.from_user), words) if words else None


def _pressed(press: CallbackQuery) -> Pressed | None:
    """A press; on a message that is too old to be shown it says too little."""
    message = press.message
    if not isinstance(message, Message):
        return None
    return Pressed(place_of(message, press.from_user), press.data or "")


def _reacted(change: MessageReactionUpdated) -> Reacted | None:
    seen = any(
        isinstance(one, ReactionTypeEmoji) and one.emoji == SEEN for one in change.new_reaction
    )
    if not seen or change.user is None:
        return None
    return Reacted(change.chat.id, change.message_id, change.user.id)


LabelRows = list[list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class AdvisorContext:
    """Made for one update of a staff group, in the intake's transaction and thread."""

    office: AdvisorDesk
    db: Database
    place: TopicPlace
    ticket: Ticket
    colleague: Colleague
    now: datetime

    @property
    def is_stranger(self) -> bool:
        """Whether whoever is here has no role at the desk."""
        return not self.colleague.name

    @property
    def reference(self) -> str:
        return self.ticket.reference

    @property
    def own_lane(self) -> str:
        """The lane of who is here: what is for them alone, and errands that hold up nobody else."""
        return f"{STAFF}:{self.place.user_id}"

    def tickets_for(self, *, confirmed: bool = False) -> AdvisorTickets:
        action = AdvisorAction(
            who=self.colleague.address, at=self.now, confirmed=confirmed, origin=STAFF
        )
        return self.office.tickets_for(self.db, action)

    def say(self, said: Text, rows: LabelRows | None = None, *, key: str | None = None) -> None:
        """Answer in the topic, under what was said; what has a `key` once."""
        payload = {
            "reference": self.reference,
            "text": plain_text(said),
            "reply_to": self.place.message_id,
            "rows": rows or [],
        }
        self.db.outbox.add(f"{STAFF}:{self.place.chat_id}", "say", payload, self.now, key=key)

    def warning(self, doubt: ActionWarning) -> Text:
        """Why something was not done at once."""
        return text(f"desk.{doubt}", taken_by=self.db.staff.name_of(self.ticket.taken_by))

    def report(self, outcome: ActionResult, done: Text) -> None:
        """Tell what came of an action."""
        if outcome.warning is not None:
            self.say(text("staff.take_anyway", doubt=self.warning(outcome.warning)))
        elif outcome.error is not None:
            self.say(text(f"desk.{outcome.error}"))
        else:
            self.say(done)


def plain_text(said: Text) -> str:
    return unescape(fill(said)).strip()
