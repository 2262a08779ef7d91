"""What an update means: a turn of a person, a chat that opened or closed, a group to leave.

update ─► to_event ─► Heard | Reach | Elsewhere | None
"""

import re
from dataclasses import dataclass

from telegram import CallbackQuery, Chat, ChatMemberUpdated, Message, Update
from telegram.constants import ChatMemberStatus, ChatType

from bot.channels.telegram.staff_events import StaffNews, file_of, staff_news, whole_characters
from bot.conversation.accounts.events import Attached
from bot.conversation.events import Commanded, Corrected, Event, Medium, Picked, Sent, Typed
from bot.domain.text import without_accents
from bot.helpdesk import Heard

COMMAND = re.compile(r"/(\w{1,32})(?:@(\w+))?(?:\s+(.*))?", re.DOTALL)
DATA = re.compile(r"(\d{1,18})~(.+)")
GONE = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)

MEDIA = {
    "sticker": Medium.STICKER,
    "voice": Medium.VOICE,
    "venue": Medium.LOCATION,
    "location": Medium.LOCATION,
    "contact": Medium.CONTACT,
    "video": Medium.FILE,
    "audio": Medium.FILE,
}
"""What a message can hold, by its name in the Bot API; anything else is `OTHER`."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Somebody blocked the bot, or lets it write again."""

    address: str
    reachable: bool


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The bot stands in a group or channel that is not the desk's own."""

    chat_id: int


News = Heard | Reach | Elsewhere | StaffNews


def to_event(
    update: Update, bot_username: str, staff_chat_ids: tuple[int, ...] = ()
) -> News | None:
    """What an update means to the desk; None for what is no business of its."""
    chat = update.effective_chat
    if chat is not None and chat.type != ChatType.PRIVATE:
        if chat.id in staff_chat_ids:
            return staff_news(update, bot_username)
        return _in_group(chat, update.my_chat_member)
    if update.message is not None:
        return _heard(update.message, _sent(update.message, bot_username))
    if update.edited_message is not None:
        return _heard(update.edited_message, _edited(update.edited_message))
    if update.callback_query is not None:
        return _pressed(update.callback_query)
    if update.my_chat_member is not None:
        reachable = update.my_chat_member.new_chat_member.status not in GONE
        return Reach(address_of(update.my_chat_member.chat.id), reachable)
    return None


def address_of(chat_id: int) -> str:
    return f"telegram:{chat_id}"


def chat_of(address: str) -> int:
    return int(address.partition(":")[2])


def _in_group(chat: Chat, change: ChatMemberUpdated | None) -> Elsewhere | None:
    has_left = change is not None and change.new_chat_member.status in GONE
    return None if has_left else Elsewhere(chat.id)


def _heard(message: Message, event: Event | None) -> Heard | None:
    if event is None:
        return None
    return Heard(address=address_of(message.chat.id), event=event, message=str(message.message_id))


def _sent(message: Message, bot_username: str) -> Event | None:
    words = whole_characters(message.text or message.caption or "")
    if message.forward_origin is not None:
        return Sent(Medium.FORWARDED, words)
    if message.text is not None:
        # What an inline bot wrote in somebody's name is not what they said.
        return Sent(Medium.OTHER, words) if message.via_bot else _said(words, bot_username)
    if message.document is not None or message.photo:
        return _attached(message, words)
    for name, medium in MEDIA.items():
        if getattr(message, name):
            return Sent(medium, words)
    # The library keeps in `api_kwargs` what is too new for it; the rest is the chat's own news
    # (a message was pinned, …), to which nothing is answered.
    if message.effective_attachment or message.checklist or message.api_kwargs:
        return Sent(Medium.OTHER, words)
    return None


def _attached(message: Message, words: str) -> Attached:
    """A document, or a photo in its largest size; what it truly is, its content will tell."""
    file = file_of(message)
    assert file is not None  # one of both is there
    return Attached(file.document, file.name, size=file.size, caption=words)


def _said(words: str, bot_username: str) -> Event:
    command = COMMAND.fullmatch(words)
    if command is None:
        return Typed(words)
    name, addressee, payload = command.groups()
    if addressee is not None and addressee.lower() != bot_username.lower():
        return Typed(words)
    return Commanded(without_accents(name).lower(), (payload or "").strip())


def _edited(message: Message) -> Event | None:
    """What was corrected; a live location moves by edits, and needs no answer each time."""
    words = message.text or message.caption
    return Corrected(whole_characters(words), str(message.message_id)) if words else None


def _pressed(query: CallbackQuery) -> Heard:
    """A press; its turn is lost, so that it is stale, when it was forged or is another's button."""
    found = DATA.fullmatch(query.data or "")
    own = query.message is not None and query.message.chat.id == query.from_user.id
    address = address_of(query.from_user.id)
    if found is None or not own:
        return Heard(address=address, event=Picked(whole_characters(query.data or "")))
    return Heard(address=address, event=Picked(found[2]), turn=int(found[1]))
