"""Never silent in the advisors' group: what the desk does not take is answered, and a group of its
own is never left."""

import logging
from pathlib import Path
from typing import Any

import pytest
from channels.telegram.staffed import (
    EVE,
    GROUP,
    LUC,
    REFERENCE,
    STRANGER,
    Room,
    file,
    ticket,
)
from channels.telegram.stage import ANNE, TOKEN, Stage, set_up
from telegram import Update

from bot.channels.telegram.staff.updates import GroupMoved, staff_news
from bot.clock import utc_now
from bot.domain.attachment import FileType
from bot.domain.people import Colleague, StaffRole
from bot.domain.ticket import TicketStatus
from knowledge import KnowledgeBase

ANONYMOUS, CHANNEL_BOT = 1087968824, 136817688
"""The accounts that Telegram names as the sender where a chat speaks."""
CHANNEL = {"id": -1007, "type": "channel", "title": "Infos"}
PLAIN, SUPERGROUP = -5001, -1005001
VOICE = b"OggS\0\2" + b"OpusHead" * 40
FILM = b"\0\0\0\x14ftypisom\0\0\2\0isom" + b"\0" * 300
PLACE = {"latitude": 48.8, "longitude": 2.3}
POLL = {
    "id": "1", "question": "Midi ?",
    "options": [{"text": "Oui", "voter_count": 0, "persistent_id": "a"}],
    "total_voter_count": 0, "is_closed": False, "is_anonymous": True, "type": "regular",
    "allows_multiple_answers": False, "allows_revoting": True, "members_only": False,
}  # fmt: skip
STICKER = {
    "file_id": "s", "file_unique_id": "s", "width": 1, "height": 1, "is_animated": False,
    "is_video": False, "type": "regular",
}  # fmt: skip


@pytest.fixture
def stage(staffed_stage: Stage) -> Stage:
    return staffed_stage


@pytest.fixture
async def recap(stage: Stage, room: Room) -> int:
    """A ticket, and its recap in the group."""
    await file(stage)
    return int((await room.sees(REFERENCE)).message_id)


async def says(
    stage: Stage, who: int, words: str | None, *, reply_to: int = 0, thread: int = -1, **told: Any
) -> None:
    """Somebody writes in the first topic, or with `thread=0` in none."""
    chosen = next(iter(stage.server.chats[GROUP].topics)) if thread < 0 else thread
    media = told.pop("media", None)
    await stage.server.user_says(
        TOKEN,
        who,
        words,
        chat_id=GROUP,
        thread=chosen,
        reply_to=reply_to or chosen,
        media=media,
        extra=told,
    )


def as_the_group(stage: Stage) -> dict[str, Any]:
    stage.server.add_user(ANONYMOUS, is_bot=True, username="GroupAnonymousBot")
    return {"sender_chat": stage.server.chats[GROUP].info}


def told(room: Room, words: str) -> int:
    return sum(words in one for one in room.stage.shown(GROUP))


async def settled(stage: Stage, room: Room) -> None:
    """Everything that was said before is answered: the answers of a group keep their order."""
    await room.say(LUC, "/aide")
    await room.sees("voir une pièce, en conversation privée")


async def test_an_anonymous_administrator_is_told_why_nothing_leaves(
    stage: Stage, room: Room, recap: int
) -> None:
    hidden = as_the_group(stage)
    await says(stage, ANONYMOUS, "Le taux est de 34,65 %.", reply_to=recap, **hidden)
    await room.sees("Rien n'est parti : vous écrivez en administrateur anonyme")
    await says(stage, ANONYMOUS, "/resolu", **hidden)
    await room.sees("décochez « Rester anonyme »")
    await says(stage, ANONYMOUS, None, forum_topic_closed={}, **hidden)
    await room.sees("vous écrivez en administrateur anonyme")

    assert ticket(stage).status is TicketStatus.NEW
    assert not ticket(stage).messages


async def test_what_is_said_among_colleagues_is_answered_once_to_each_of_them(
    stage: Stage, room: Room, recap: int
) -> None:
    hidden = as_the_group(stage)
    for words in ("Qui s'en occupe ?", "Moi demain."):
        await says(stage, ANONYMOUS, words, **hidden)
    for who in (LUC, LUC, EVE):
        await says(stage, who, None, media={"sticker": STICKER})
    await settled(stage, room)

    assert told(room, "administrateur anonyme") == 1
    assert told(room, "ce genre de message") == 2


async def test_who_writes_as_a_channel_is_told_so(stage: Stage, room: Room, recap: int) -> None:
    stage.server.add_user(CHANNEL_BOT, is_bot=True, username="Channel_Bot")
    await says(stage, CHANNEL_BOT, "Le taux.", reply_to=recap, sender_chat=CHANNEL)

    await room.sees("vous écrivez au nom d'un canal")


@pytest.mark.parametrize(
    "media",
    [
        {"sticker": STICKER},
        {"poll": POLL},
        {"location": PLACE},
        {"venue": {"location": PLACE, "title": "Mairie", "address": "1 place"}},
        {"contact": {"phone_number": "+33100000000", "first_name": "Zoé"}},
        {"dice": {"emoji": "🎲", "value": 3}},
        {"something_new": {"x": 1}},
    ],
    ids=lambda media: next(iter(media)),
)
async def test_an_answer_without_words_is_not_passed_on_and_the_topic_says_so(
    stage: Stage, room: Room, recap: int, media: dict[str, Any]
) -> None:
    await says(stage, LUC, None, reply_to=recap, media=media)

    await room.sees("Rien n'est parti : ce genre de message")
    assert not ticket(stage).messages


RECORDINGS = {
    "voice": (VOICE, FileType.OGG),
    "video_note": (FILM, FileType.MP4),
    "video": (FILM, FileType.MP4),
    "audio": (b"ID3\4\0" + b"son" * 99, FileType.MP3),
}


@pytest.mark.parametrize("kind", RECORDINGS)
async def test_a_recording_that_answers_is_sent_on_as_a_file(
    stage: Stage, room: Room, recap: int, kind: str
) -> None:
    content, type_ = RECORDINGS[kind]
    sizes = {"duration": 3, "width": 64, "height": 64, "length": 64}
    media = {kind: {**stage.server._save_file(kind, content), **sizes}}
    await says(stage, LUC, None, reply_to=recap, media=media)

    # Nobody of the employer has invited the requester: a file is asked about twice.
    await room.sees("Envoyer quand même|invité|Ce demandeur")
    await stage.press("Envoyer quand même", who=LUC, on=stage.server.chats[GROUP].events[-1])
    await room.sees("Transmis au demandeur")
    (piece,) = ticket(stage).pieces
    assert piece.type is type_


async def test_an_answer_from_another_topic_is_told_where_to_go(
    stage: Stage, room: Room, recap: int
) -> None:
    origin = {"type": "user", "date": 1, "sender_user": stage.server.users[LUC]}
    other = {"origin": origin, "chat": room.chat.info, "message_id": recap}
    await says(stage, LUC, "Le taux est de 34,65 %.", external_reply=other)

    await room.sees("vous répondez à un autre message")


async def test_who_answers_other_words_of_the_bot_is_told_once_where_to_go(
    stage: Stage, room: Room, recap: int
) -> None:
    await room.say(LUC, "/prendre")
    taken = await room.sees("Demande prise")
    for words in ("Le taux est de 34,65 %.", "// entre nous", "Voilà."):
        await room.say(LUC, words, reply_to=taken.message_id)
    await settled(stage, room)

    assert told(room, "vous répondez à un autre message") == 1
    assert not ticket(stage).messages


async def test_outside_the_topics_orders_are_answered_and_talk_once(
    stage: Stage, room: Room, recap: int
) -> None:
    for words in ("Bonjour à tous", "Qui est là ?", "/prendre"):
        await says(stage, LUC, words, thread=0)
    await says(stage, EVE, None, thread=0, media={"sticker": STICKER})
    await says(stage, EVE, "Merci", thread=4242)  # a thread of replies looks like a topic
    await settled(stage, room)

    assert told(room, "chaque demande a son sujet") == 4


async def test_a_stranger_who_closes_a_topic_is_told_that_its_ticket_stays(
    stage: Stage, room: Room, recap: int
) -> None:
    await room.service(STRANGER, "forum_topic_closed")

    await room.sees("Vous n'avez pas de rôle au guichet")
    assert ticket(stage).status is TicketStatus.NEW


async def test_what_the_group_itself_tells_is_no_answer(
    stage: Stage, room: Room, recap: int
) -> None:
    before = len(stage.shown(GROUP))
    for news in ({"new_chat_title": "Conseillers"}, {"pinned_message": {"message_id": recap}}):
        shown = {"pinned_message": room.chat.messages[recap]} if "pinned_message" in news else news
        await says(stage, LUC, None, thread=0, **shown)
    await settled(stage, room)

    assert len(stage.shown(GROUP)) == before + 1


async def migrate(stage: Stage) -> None:
    """Topics are switched on in a plain group: it becomes a supergroup."""
    bot = stage.server.bots[TOKEN].user["id"]
    stage.server.add_chat(SUPERGROUP, is_forum=True, members={bot: "administrator"})
    group = stage.server.chats[SUPERGROUP].info
    change = {
        "chat": group,
        "from": stage.server.users[LUC],
        "date": 1,
        "old_chat_member": {"user": stage.server.bots[TOKEN].user, "status": "left"},
        "new_chat_member": {"user": stage.server.bots[TOKEN].user, "status": "member"},
    }
    stage.server.push(TOKEN, "my_chat_member", change, SUPERGROUP, 86400)
    for chat, news in (
        (PLAIN, {"migrate_to_chat_id": SUPERGROUP}),
        (SUPERGROUP, {"migrate_from_chat_id": PLAIN}),
    ):
        await stage.server.user_says(TOKEN, LUC, None, chat_id=chat, extra=news)


async def test_a_group_that_becomes_a_supergroup_is_followed(
    folder: Path, knowledge: KnowledgeBase, caplog: pytest.LogCaptureFixture
) -> None:
    async with set_up(folder, knowledge, staff_chat_id=(PLAIN,)) as stage:
        stage.server.add_chat(PLAIN, type="group")
        stage.server.add_user(LUC)
        with stage.look() as db:
            db.staff.save(Colleague(f"telegram:{LUC}", "Luc", StaffRole.ADVISOR), utc_now())
        await file(stage)
        with caplog.at_level(logging.WARNING):
            await migrate(stage)
            told = await stage.reads("a changé de numéro", who=SUPERGROUP)
        assert f"remplacez {PLAIN} par {SUPERGROUP}" in told.text
        assert f"le groupe {PLAIN} est devenu {SUPERGROUP}" in caplog.text
        recap = await stage.reads(REFERENCE, who=SUPERGROUP)

        await stage.close()
        await stage.open()
        group = Room(stage, SUPERGROUP)
        await group.say(LUC, "Le taux est de 34,65 %.", reply_to=recap.message_id)
        await group.sees("Transmis au demandeur")
        await stage.reads("34,65")
        assert stage.server.call_count["leaveChat"] == 0
        assert stage.shown(PLAIN) == []


async def test_a_group_whose_news_of_moving_was_missed_is_followed_by_what_telegram_answers(
    folder: Path, knowledge: KnowledgeBase
) -> None:
    async with set_up(folder, knowledge, staff_chat_id=(PLAIN,)) as stage:
        bot = stage.server.bots[TOKEN].user["id"]
        stage.server.add_chat(SUPERGROUP, is_forum=True, members={bot: "administrator"})
        moved = {"migrate_to_chat_id": SUPERGROUP}
        stage.fault("createForumTopic", 400, chat_id=PLAIN, parameters=moved, times=9)
        await file(stage)

        await stage.reads(REFERENCE, who=SUPERGROUP)
        await stage.reads("a changé de numéro", who=SUPERGROUP)
        await stage.server.user_says(TOKEN, ANNE, "/aide", chat_id=SUPERGROUP)
        await stage.reads("chaque demande a son sujet", who=SUPERGROUP)
        assert stage.server.call_count["leaveChat"] == 0


@pytest.mark.parametrize("news", ["migrate_to_chat_id", "migrate_from_chat_id"])
def test_a_supergroup_becomes_no_other_chat(news: str) -> None:
    """Telegram never says so: whoever does wants the tickets of the group for their own."""
    here, there = -1001234567890, -1009876543210
    message = {"message_id": 1, "date": 1, "chat": {"id": here, "type": "supergroup"}}
    said = Update.de_json({"update_id": 1, "message": message | {news: there}})
    assert not isinstance(staff_news(said, "guichet_bot"), GroupMoved)
