"""What an update means: a turn of a person, a chat that opened or closed, a group to leave.

update ─► to_event ─► IncomingEvent | Reach | Elsewhere | None

What happens in the groups of the advisors is read in `staff.updates`.
"""

import re
from collections.abc import Set
from dataclasses import dataclass

from telegram import CallbackQuery, ChatMemberUpdated, Message, Update
from telegram.constants import ChatType

from bot.channels.formatting import whole_characters
from bot.channels.telegram.bot_client import address_of
from bot.conversation.events import (
    Attached,
    Commanded,
    Event,
    Medium,
    MessageEdited,
    Picked,
    Replied,
    Typed,
    UnreadableSent,
)
from bot.domain.redaction import number_in, texts_in
from bot.domain.text import without_accents
from bot.domain.ticket import find_references
from bot.services.helpdesk_config import IncomingEvent

COMMAND = re.compile(r"/(\w{1,32})(?:@(\w+))?(?:\s+(.*))?", re.DOTALL)
DATA = re.compile(r"(\d{1,18})~(.+)")
GONE = ("left", "kicked")

MEDIA = {
    "sticker": Medium.STICKER,
    "voice": Medium.VOICE,
    "venue": Medium.LOCATION,
    "location": Medium.LOCATION,
    "contact": Medium.CONTACT,
    "video": Medium.RECORDING,
    "video_note": Medium.RECORDING,
    "audio": Medium.RECORDING,
}
"""What has a sentence of its own, by its name in the Bot API; the first one counts."""

ABOUT = """
    message_id message_thread_id direct_messages_topic from sender_chat sender_boost_count
    sender_business_bot sender_tag date business_connection_id chat forward_origin is_topic_message
    is_automatic_forward reply_to_message external_reply quote reply_to_story
    reply_to_checklist_task_id reply_to_poll_option_id via_bot edit_date has_protected_content
    is_from_offline is_paid_post media_group_id author_signature paid_star_count text entities
    link_preview_options suggested_post_info effect_id caption caption_entities
    show_caption_above_media has_media_spoiler reply_markup guest_bot_caller_user
    guest_bot_caller_chat guest_query_id
"""
"""What is said about a message, whatever it holds."""

CHAT_NEWS = """
    new_chat_members left_chat_member new_chat_title new_chat_photo delete_chat_photo
    group_chat_created supergroup_chat_created channel_chat_created
    message_auto_delete_timer_changed migrate_to_chat_id migrate_from_chat_id pinned_message
    refunded_payment users_shared chat_shared gift unique_gift gift_upgrade_sent connected_website
    write_access_allowed proximity_alert_triggered boost_added chat_background_set
    chat_owner_changed chat_owner_left checklist_tasks_done checklist_tasks_added
    direct_message_price_changed forum_topic_created forum_topic_edited forum_topic_closed
    forum_topic_reopened general_forum_topic_hidden general_forum_topic_unhidden giveaway_created
    giveaway giveaway_winners giveaway_completed managed_bot_created paid_message_price_changed
    poll_option_added poll_option_deleted suggested_post_approved suggested_post_approval_failed
    suggested_post_declined suggested_post_paid suggested_post_refunded video_chat_scheduled
    video_chat_started video_chat_ended video_chat_participants_invited web_app_data
"""
"""What the chat itself tells: nobody said it."""

NOT_WORDS = frozenset(
    """
    from chat sender_chat sender_business_bot sender_boost_count via_bot
    forward_origin reply_to_message pinned_message reply_markup file_id file_unique_id
    media_group_id business_connection_id sticker type mime_type date thumbnail user_id emoji
    custom_emoji_id effect_id language_code username
    """.split()  # noqa: SIM905 -- a list of words reads better as words
)
"""What nobody wrote into the message."""

NO_CONTENT = frozenset(f"{ABOUT} {CHAT_NEWS}".split())


@dataclass(frozen=True, slots=True)
class Reach:
    """Somebody blocked the bot, or lets it write again."""

    address: str
    reachable: bool


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The bot stands in a group or channel that is not the desk's own."""

    chat_id: int


News = IncomingEvent | Reach | Elsewhere


def to_event(update: Update, bot_username: str) -> News | None:
    """What an update means to the desk; None for what is no business of its."""
    chat, change = update.effective_chat, update.my_chat_member
    if chat is not None and chat.type != ChatType.PRIVATE:
        return None if change is not None and _has_left(change) else Elsewhere(chat.id)
    if message := update.message:
        return _heard(message, _sent(message, bot_username))
    if message := update.edited_message:
        return _heard(message, _edited(message))
    if press := update.callback_query:
        return _pressed(press)
    if change is not None:
        return Reach(address_of(change.chat.id), not _has_left(change))
    return None


def read_command(words: str, bot_username: str) -> tuple[str, str] | None:
    """A command for this bot without accents, and what stands behind it; None for other texts.

    Raises:
        AnotherBotsError: it is for another bot.
    """
    command = COMMAND.fullmatch(words)
    if command is None:
        return None
    name, addressee, payload = command.groups()
    if addressee is not None and addressee.lower() != bot_username.lower():
        raise AnotherBotsError
    return without_accents(name).lower(), (payload or "").strip()


class AnotherBotsError(ValueError):
    """A command names another bot."""


@dataclass(frozen=True, slots=True)
class TelegramFile:
    """A document or a photo that Telegram holds, by its name there (`document`)."""

    document: str
    name: str
    size: int


def file_of(message: Message) -> TelegramFile | None:
    """The document of a message, or its photo in the largest size."""
    if document := message.document:
        name = whole_characters(document.file_name or "")
        return TelegramFile(document.file_id, name, document.file_size or 0)
    if message.photo:
        largest = message.photo[-1]
        return TelegramFile(largest.file_id, "photo", largest.file_size or 0)
    return None


def recording_of(message: Message) -> TelegramFile | None:
    """The voice, the sound or the film of a message."""
    if voice := message.voice:
        return TelegramFile(voice.file_id, "message vocal", voice.file_size or 0)
    if film := message.video_note:
        return TelegramFile(film.file_id, "message vidéo", film.file_size or 0)
    if found := message.video or message.audio:
        name = whole_characters(found.file_name or "enregistrement")
        return TelegramFile(found.file_id, name, found.file_size or 0)
    return None


def medium_in(names: Set[str]) -> Medium | None:
    """What a message without a text holds, by the names of what is in it; None for no content.

    Telegram adds to it all the time: what is named nowhere here was sent, and gets an answer.
    """
    for name, medium in MEDIA.items():
        if name in names:
            return medium
    return Medium.OTHER if names - NO_CONTENT else None


def _has_left(change: ChatMemberUpdated) -> bool:
    return change.new_chat_member.status in GONE


def _heard(message: Message, event: Event | None) -> IncomingEvent | None:
    if event is None:
        return None
    address = address_of(message.chat.id)
    return IncomingEvent(address=address, event=event, message=str(message.message_id))


def _sent(message: Message, bot_username: str) -> Event | None:
    words = whole_characters(message.text or message.caption or "")
    content = message.to_dict()
    inside = _words_inside(message)
    if message.forward_origin is not None:
        return UnreadableSent(Medium.FORWARDED, words, inside)
    file = file_of(message)
    is_named_so = file is not None and number_in(file.name) is not None  # it is told as a file
    if number_in(inside) and not is_named_so:  # in a quote, a link, a contact
        return UnreadableSent(medium_in(content.keys()) or Medium.OTHER, words, inside)
    if reference := _replied_to(message):
        if file is not None:
            attached = Attached(file.document, file.name, size=file.size, caption=words)
            return Replied(words, reference, attached)
        if message.text is not None and not COMMAND.fullmatch(words):
            return Replied(words, reference)
    if message.text is not None:
        # What an inline bot wrote in somebody's name is not what they said.
        is_theirs = message.via_bot is None
        return _said(words, bot_username) if is_theirs else UnreadableSent(Medium.OTHER, words)
    if file is not None:  # what it truly is, its content will tell
        return Attached(file.document, file.name, size=file.size, caption=words)
    medium = medium_in(content.keys())
    return UnreadableSent(medium, words) if medium else None


def _replied_to(message: Message) -> str:
    """The reference of the one ticket that a message of the bot's names, in a reply to it."""
    before = message.reply_to_message
    if before is None or before.from_user is None or not before.from_user.is_bot:
        return ""
    references = find_references(before.text or before.caption or "")
    return references[0] if len(references) == 1 else ""


def _words_inside(message: Message) -> str:
    """What is written in a message besides its text and caption: a quote, a link, a contact."""
    content = message.to_dict()
    beside = {key: value for key, value in content.items() if key not in ("text", "caption")}
    return "\n".join(texts_in(beside, without=NOT_WORDS))


def _said(words: str, bot_username: str) -> Event:
    try:
        command = read_command(words, bot_username)
    except AnotherBotsError:
        return Typed(words)
    return Commanded(*command) if command else Typed(words)


def _edited(message: Message) -> Event | None:
    """What was corrected; a live location moves by edits, and needs no answer each time."""
    words = whole_characters(message.text or message.caption or "")
    inside = _words_inside(message)
    if number_in(inside):
        return UnreadableSent(Medium.OTHER, words, inside)
    return MessageEdited(words, str(message.message_id)) if words else None


def _pressed(press: CallbackQuery) -> IncomingEvent:
    """A press; its turn is lost, so that it is stale, when it was forged or is another's button."""
    data, message = press.data or "", press.message
    found = DATA.fullmatch(data)
    own = message is not None and message.chat.id == press.from_user.id
    address = address_of(press.from_user.id)
    if found is None or not own:
        return IncomingEvent(address=address, event=Picked(whole_characters(data)))
    return IncomingEvent(address=address, event=Picked(found[2]), turn=int(found[1]))
