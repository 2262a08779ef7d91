"""Telegram's bad days: limits, errors, lost answers, blocked bots, senseless updates."""

import logging
from pathlib import Path

import aiohttp
import pytest
from channels.telegram.stage import ANNE, BRUNO, TOKEN, Stage, set_up
from channels.telegram.test_dialogue import file_a_ticket
from sqlalchemy import text
from support.talking import A_NIR

from bot.channels.telegram.delivery import SendingLimits
from bot.domain.delivery import OutboxMessage, OutboxState
from bot.settings import SettingsError
from bot.storage.database import open_database
from knowledge import KnowledgeBase

PROFILE, THEMES = "Votre profil", "Les thèmes de l'aide"


def rows(stage: Stage, state: OutboxState) -> tuple[OutboxMessage, ...]:
    with stage.look() as db:
        return db.outbox.list(state)


def is_unreachable(stage: Stage, who: int = ANNE) -> bool:
    with stage.look() as db:
        person = db.people.find(f"telegram:{who}")
    return person is not None and person.unreachable


@pytest.mark.parametrize("error", [429, 500, 502, "drop"])
async def test_what_could_not_be_sent_is_sent_later_and_in_order(
    stage: Stage, error: int | str
) -> None:
    stage.fault("sendMessage", error, chat_id=ANNE, retry_after=1)
    await stage.say("/profil", "/themes")
    await stage.say("/themes", who=BRUNO)

    await stage.reads(THEMES, who=BRUNO)
    await stage.reads(PROFILE)
    await stage.reads(THEMES)
    assert [shown.split()[0] for shown in stage.shown()] == ["Votre", "Les"]


async def test_a_message_whose_answer_is_lost_comes_at_most_twice(stage: Stage) -> None:
    stage.fault("sendMessage", "lost_answer")
    await stage.say("/profil")

    await stage.until(lambda: len(stage.shown()) == 2)
    await stage.until(lambda: len(rows(stage, OutboxState.SENT)) == 1)
    assert len(stage.shown()) == 2


async def test_who_blocks_the_bot_is_unreachable_until_they_write_again(stage: Stage) -> None:
    stage.fault("sendMessage", 403)
    await stage.say("/profil")
    await stage.until(lambda: rows(stage, OutboxState.BURIED))
    assert is_unreachable(stage)
    assert rows(stage, OutboxState.BURIED)[0].failure == "telegram.403"

    await stage.say("/themes")
    await stage.reads(THEMES)
    assert not is_unreachable(stage)


async def test_blocking_and_unblocking_are_heard(stage: Stage) -> None:
    await stage.say("/profil")
    await stage.reads(PROFILE)

    await stage.server.user_blocks(TOKEN, ANNE, blocked=True)
    await stage.until(lambda: is_unreachable(stage))
    await stage.server.user_blocks(TOKEN, ANNE, blocked=False)
    await stage.until(lambda: not is_unreachable(stage))


async def test_what_telegram_refuses_is_given_up_where_the_operator_sees_it(stage: Stage) -> None:
    stage.fault("sendMessage", 400, description="Bad Request: BUTTON_DATA_INVALID")
    stage.fault("sendMessage", 400, description='Bad Request: wrong "285 06"')
    await stage.say("/profil", "/profil", "/themes")

    await stage.reads(THEMES)
    failures = {row.failure for row in rows(stage, OutboxState.BURIED)}
    assert failures == {"telegram.400 button_data_invalid", "telegram.400"}


async def test_markup_that_telegram_cannot_read_is_sent_as_plain_text(stage: Stage) -> None:
    stage.fault("sendMessage", 400, description="Bad Request: can't parse entities: Unclosed tag")
    await stage.say("j'ai viré la cotisation au mauvais fonds")

    event = await stage.reads("1. Virement")
    assert "entities" not in event.data
    assert event.data["reply_markup"]


async def test_a_nir_that_cannot_be_erased_the_person_is_asked_to_erase(stage: Stage) -> None:
    stage.fault(
        "deleteMessage", 400, description="Bad Request: message can't be deleted for everyone"
    )
    await stage.say(A_NIR)

    await stage.reads("je l'ai effacé")
    await stage.reads("Effacez-le vous-même")


async def test_a_nir_that_is_gone_already_needs_no_word(stage: Stage) -> None:
    stage.fault("deleteMessage", 400, description="Bad Request: message to delete not found")
    await stage.say(A_NIR)

    await stage.reads("je l'ai effacé")
    await stage.until(lambda: len(rows(stage, OutboxState.SENT)) == 2)


async def test_a_chat_that_moved_is_followed(stage: Stage) -> None:
    moved = {"migrate_to_chat_id": BRUNO}
    stage.fault("sendMessage", 400, chat_id=ANNE, parameters=moved)
    await stage.say("/profil", who=BRUNO)
    await stage.reads(PROFILE, who=BRUNO)
    await stage.say("/profil")

    await stage.reads(PROFILE, who=BRUNO)


@pytest.mark.parametrize("error", [409, 429, 500, "drop"])
async def test_trouble_with_updates_is_waited_out_with_one_line(
    stage: Stage, error: int | str, caplog: pytest.LogCaptureFixture
) -> None:
    stage.fault("getUpdates", error)
    await stage.say("/profil")
    await stage.reads(PROFILE)
    await stage.say("/themes")
    await stage.reads(THEMES)

    assert len([one for one in caplog.records if one.name.endswith("receiver")]) == 1
    assert TOKEN not in caplog.text


async def test_an_update_that_makes_no_sense_is_kept_aside_and_holds_nobody_up(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.server.push(TOKEN, "message", {"text": "secret words", "chat": 3}, 1, 86400)
    await stage.say("/profil")

    await stage.reads(PROFILE)
    with stage.look() as db:
        (kept,) = db.failed_updates.newest()
        content = db.failed_updates.open(kept.reference)
    assert content is not None
    assert "secret words" in content
    assert "mis de côté" in caplog.text
    assert "secret words" not in caplog.text


async def test_one_update_that_cannot_be_taken_costs_the_others_nothing(stage: Stage) -> None:
    await stage.close()
    engine = open_database(stage.settings.database)
    with engine.begin() as connection:
        forbid = "SELECT RAISE(ABORT, 'a disk that fails')"
        connection.execute(text(f"CREATE TRIGGER t BEFORE INSERT ON held_text BEGIN {forbid}; END"))
    engine.dispose()
    await stage.say("/profil", who=BRUNO)
    await stage.say("x" * 4096)  # would be held
    await stage.say("/themes", who=BRUNO)
    await stage.open()

    await stage.reads("Une erreur de notre côté")
    await stage.reads(PROFILE, who=BRUNO)
    await stage.reads(THEMES, who=BRUNO)
    assert len(stage.shown(BRUNO)) == 2


async def test_no_limit_of_telegram_is_broken(folder: Path, knowledge: KnowledgeBase) -> None:
    async with set_up(folder, knowledge, limits=SendingLimits()) as stage:
        stage.server.flood = {"global": (30, 30), "private": (1, 5), "group": (20 / 60, 20)}
        for who in range(2001, 2031):
            await stage.say("/profil", who=who)
        await stage.say("/aide", "/themes", "/profil")

        await stage.reads(PROFILE)
        await stage.until(lambda: all(stage.shown(who) for who in range(2001, 2031)))
        assert not stage.server.errors


async def test_a_refused_token_ends_the_start_and_is_not_shown(
    folder: Path, knowledge: KnowledgeBase, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with set_up(folder, knowledge) as stage:
        await stage.close()
        stage.fault("getMe", 401, times=2)  # the alarm asks as well
        with pytest.raises(SettingsError, match="TELEGRAM_TOKEN") as caught:
            await stage.open()
        stage.forget()
    assert TOKEN not in str(caught.value)
    assert caught.value.__suppress_context__
    assert TOKEN not in caplog.text


async def test_telegram_out_of_reach_at_the_start_is_waited_for(stage: Stage) -> None:
    await stage.close()
    stage.fault("getMe", "drop")
    stage.fault("getWebhookInfo", 500)
    await stage.say("/profil")
    await stage.open()

    await stage.reads(PROFILE)


async def test_logs_hold_nothing_that_was_typed(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stage.fault("sendMessage", 500)
    await stage.say(f"mon agent {A_NIR}", "un mot très reconnaissable")
    await stage.reads("je l'ai effacé")
    await stage.reads("trouvé|Voici|sujets|Ailleurs")

    for secret in (A_NIR, "reconnaissable", TOKEN):
        assert secret not in caplog.text


async def test_the_desk_goes_on_after_a_crash(stage: Stage) -> None:
    await file_a_ticket(stage)
    await stage.crash()
    await stage.press("Envoyer")
    await stage.open()
    await stage.reads("Demande enregistrée sous la référence")

    await stage.say("/demandes")
    await stage.crash()
    await stage.open()
    await stage.reads("PEPS-.*, Transfert inter-fonds")


async def test_a_desk_at_work_is_seen_from_outside(
    knowledge: KnowledgeBase, folder: Path, unused_tcp_port: int
) -> None:
    async with set_up(folder, knowledge, health_port=unused_tcp_port) as stage:
        await stage.say("/start")
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{unused_tcp_port}/metrics") as answer:
                metrics = await answer.text()

    assert 'guichet_well{check="telegram"} 1.0' in metrics
    assert "guichet_telegram_failures_total 0.0" in metrics
