"""With a webhook: an outage of any side is noticed, and who was cut off is shown their question."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from channels.telegram.stage import ANNE, BRUNO, TOKEN, Stage
from channels.telegram.test_absence import AGAIN, age, be_away, begin_a_request, told
from channels.telegram.test_webhook import free_port, hooked
from sqlmodel import Session, update

from bot.channels.telegram.absence import HEARD, Absence
from bot.channels.telegram.line import Line
from bot.channels.telegram.lookout import Lookout
from bot.clock import utc_now
from bot.storage.db_thread import DatabaseThread
from bot.storage.tables_operations import ReceivedRow
from knowledge import KnowledgeBase

LONG = timedelta(minutes=10)
PROFILE = "^Votre profil"


@pytest.fixture
async def stage(folder: Path, knowledge: KnowledgeBase) -> AsyncIterator[Stage]:
    async with hooked(folder, knowledge) as stage:
        yield stage


@asynccontextmanager
async def looking_out(stage: Stage) -> AsyncIterator[Lookout]:
    """A lookout that looks when it is told to."""
    line = Line(TOKEN, base_url=stage.settings.telegram_base_url)
    await line.greet()
    clerk = DatabaseThread(stage.app.store)
    absence = Absence(stage.app.helpdesk, clerk)
    try:
        yield Lookout(line, clerk, stage.settings, absence)
    finally:
        clerk.close()
        await line.close()


async def look(lookout: Lookout) -> None:
    await lookout.look(asyncio.Event())


def be_long_ago(stage: Stage) -> None:
    """All that was heard until now, the deliveries too."""
    age(stage, LONG)
    with Session(stage.app.store.engine) as session:
        before = utc_now() - LONG
        session.connection().execute(update(ReceivedRow).values(received_at=before))
        session.commit()


def was_heard_lately(stage: Stage) -> bool:
    with stage.look() as db:
        heard = db.condition.last_done(HEARD)
    return heard is not None and utc_now() - heard < LONG / 2


async def shut_the_way_in(stage: Stage) -> None:
    """The proxy before the desk is down, and Telegram has tried to deliver something in vain."""
    stage.server.detour = f"http://127.0.0.1:{free_port()}/"
    await stage.say("/profil", who=BRUNO)
    await stage.until(lambda: stage.server.bots[TOKEN].hook_error)


async def open_the_way_in(stage: Stage) -> None:
    stage.server.detour = ""
    await stage.reads(PROFILE, who=BRUNO)
    await stage.until(lambda: not any(stage.server.bots[TOKEN].hook_queues.values()))


async def test_after_the_desk_was_down_who_has_a_draft_open_is_shown_their_question_once(
    stage: Stage,
) -> None:
    await begin_a_request(stage, ANNE)
    await be_away(stage, LONG)
    await stage.open()

    await stage.reads(AGAIN)
    async with looking_out(stage) as lookout:
        await look(lookout)
    await stage.say("cnracl")
    await stage.reads("Question 2 sur")
    assert told(stage, ANNE) == 1


async def test_nobody_was_heard_while_the_way_in_was_shut(stage: Stage) -> None:
    """The desk was there all the time, and could ask Telegram: that alone is no good sign."""
    await begin_a_request(stage, ANNE)
    be_long_ago(stage)
    await shut_the_way_in(stage)
    async with looking_out(stage) as lookout:
        await look(lookout)
        assert not was_heard_lately(stage)
        await open_the_way_in(stage)
        await look(lookout)

    await stage.reads(AGAIN)
    assert was_heard_lately(stage)
    assert [told(stage, who) for who in (ANNE, BRUNO)] == [1, 0]


async def test_a_press_that_died_at_telegram_is_made_up_for(stage: Stage) -> None:
    """Nothing waits any more, and nothing came: what could not be delivered was lost."""
    await begin_a_request(stage, ANNE)
    be_long_ago(stage)
    stage.server.detour = f"http://127.0.0.1:{free_port()}/"
    await stage.press("Continuer ma demande")
    await stage.until(lambda: stage.server.bots[TOKEN].hook_error)
    stage.server.clock_shift = LONG.total_seconds()
    await stage.until(lambda: not any(stage.server.bots[TOKEN].hook_queues.values()))
    stage.server.detour = ""
    async with looking_out(stage) as lookout:
        await look(lookout)

    await stage.reads(AGAIN)


async def test_a_short_trouble_disturbs_nobody(stage: Stage) -> None:
    await begin_a_request(stage, ANNE)
    async with looking_out(stage) as lookout:
        await look(lookout)
        await shut_the_way_in(stage)
        await look(lookout)
        await open_the_way_in(stage)
        await look(lookout)
    await stage.say("cnracl")
    await stage.reads("Question 2 sur")
    assert told(stage, ANNE) == 0


async def test_a_quiet_hour_is_no_absence(stage: Stage) -> None:
    """Nobody wrote, and every look was good."""
    await begin_a_request(stage, ANNE)
    be_long_ago(stage)
    with stage.look() as db:
        db.condition.note_done(HEARD, utc_now() - timedelta(seconds=30))
    async with looking_out(stage) as lookout:
        await look(lookout)
    await stage.say("cnracl")
    await stage.reads("Question 2 sur")
    assert told(stage, ANNE) == 0


async def test_a_webhook_that_somebody_took_away_is_set_again(stage: Stage) -> None:
    stage.server.bots[TOKEN].hook = None
    async with looking_out(stage) as lookout:
        await look(lookout)
    assert stage.server.bots[TOKEN].hook

    await stage.say("/profil")
    await stage.reads(PROFILE)
