"""The intake: whatever an update does to the desk, the others are taken, each once."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from channels.telegram.staffed import A_REQUEST
from channels.telegram.stage import Stage
from sqlmodel import Session, select
from torture.world import ANNE, BRUNO, GROUP, LUC, TOKEN, Desk, World

from bot.conversation.events import DocumentFetched
from bot.domain.people import Colleague, StaffRole
from bot.domain.spreadsheet import Sheet
from bot.services.helpdesk_config import IncomingEvent
from bot.storage.tables_operations import BegunUpdateRow
from bot.storage.ticket_links import ERRANDS, Topic
from knowledge import KnowledgeBase

TWO_TURNS = timedelta(seconds=20)
FAILED, PROFILE, THEMES = "Une erreur de notre côté", "Votre profil", "Les thèmes"


@pytest.fixture
def world(tmp_path: Path, knowledge: KnowledgeBase) -> Iterator[World]:
    world = World(tmp_path, knowledge)
    yield world
    world.close()


def write(world: World, *texts: str, who: int = ANNE, **extra: Any) -> list[dict[str, Any]]:
    """Messages that wait at Telegram; all updates that do."""

    async def say() -> None:
        for text in texts:
            await world.server.user_says(TOKEN, who, text, **extra)

    asyncio.run(say())
    return [update for update, *_ in world.server.bot(TOKEN).queue]


def a_life(world: World) -> Desk:
    """A process that has just begun."""
    return Desk(world, lambda _: False)


def die_over(world: World, update: dict[str, Any]) -> None:
    """A process begins an update, and is no more."""
    with world.store.transaction() as db:
        assert not db.inbox.begun_before("telegram", [update["update_id"]], life="")
    a_life(world).intake.begin([update], world.now)


def die_over_again(world: World, update: dict[str, Any]) -> None:
    """The next one begins it alone, as it was begun before."""
    assert a_life(world).intake._may_begin("telegram", update["update_id"], world.now)


def said(world: World, who: int = ANNE) -> list[str]:
    """What waits to be sent to somebody."""
    with world.look() as db:
        rows = db.outbox.list(limit=1000)
    return [row.payload["plain"] for row in rows if row.lane == f"telegram:{who}"]


def kept(world: World) -> list[tuple[str, str]]:
    with world.look() as db:
        return [(one.address, one.error) for one in db.failed_updates.newest()]


def begun(world: World) -> list[int]:
    """Which updates are noted as begun and not as ended."""
    with Session(world.store.engine) as session:
        return list(session.exec(select(BegunUpdateRow.update_id)))


def test_a_batch_is_begun_and_ended(world: World) -> None:
    updates = write(world, "/profil", "/themes")
    desk = a_life(world)

    assert desk.intake.begin(updates, world.now)
    assert len(begun(world)) == 2
    desk.intake.receive(updates, world.now)
    assert begun(world) == []


def test_what_a_process_died_over_is_taken_one_by_one(world: World) -> None:
    updates = write(world, "/profil", "/themes")
    assert a_life(world).intake.begin(updates, world.now)
    world.now += timedelta(hours=1)

    desk = a_life(world)
    assert not desk.intake.begin(updates, world.now)
    for one in updates:
        desk.intake.receive_alone(one, world.now)
    assert [words[:10] for words in said(world)] == [PROFILE[:10], THEMES[:10]]
    assert (kept(world), begun(world)) == ([], [])


def test_what_was_begun_twice_and_never_ended_is_put_aside_alone(world: World) -> None:
    first, guilty, last = write(world, "/profil", "un mot qui tourne", "/themes")
    assert a_life(world).intake.begin([first, guilty, last], world.now)
    world.now += TWO_TURNS / 2
    second_life = a_life(world)
    second_life.intake.receive_alone(first, world.now)
    assert second_life.intake._may_begin("telegram", guilty["update_id"], world.now)
    world.now += TWO_TURNS / 2

    third_life = a_life(world)
    for one in (guilty, last):
        third_life.intake.receive_alone(one, world.now, one["update_id"] + 1)
    assert kept(world) == [(f"telegram:{ANNE}", "commencé deux fois, jamais fini")]
    (told,) = [words for words in said(world) if FAILED in words]
    with world.look() as db:
        (aside,) = db.failed_updates.newest()
        content = db.failed_updates.open(aside.reference)
        assert db.inbox.offset("telegram") == last["update_id"] + 1
    assert aside.reference in told
    assert content is not None
    assert "un mot qui tourne" in content
    assert any(THEMES in words for words in said(world))
    assert begun(world) == []


def test_who_is_killed_twice_at_once_had_no_time_to_be_guilty(world: World) -> None:
    (update,) = write(world, "/profil")
    die_over(world, update)
    die_over_again(world, update)
    a_life(world).intake.receive_alone(update, world.now + timedelta(seconds=3))

    assert kept(world) == []
    assert PROFILE in said(world)[0]


def test_one_life_that_tries_again_counts_once(world: World) -> None:
    (update,) = write(world, "/profil")
    desk = a_life(world)
    for _ in range(4):
        assert desk.intake._may_begin("telegram", update["update_id"], world.now)
        world.now += TWO_TURNS
    desk.intake.receive_alone(update, world.now)

    assert kept(world) == []


def test_what_another_process_has_taken_meanwhile_is_not_put_aside(world: World) -> None:
    (update,) = write(world, "/profil")
    die_over(world, update)
    die_over_again(world, update)
    a_life(world).intake.receive([update], world.now)
    a_life(world).intake.put_aside(update, "commencé deux fois, jamais fini", world.now + TWO_TURNS)

    assert kept(world) == []
    assert len(said(world)) == 1


def test_an_advisor_is_told_in_the_topic(world: World) -> None:
    desk = a_life(world)
    with world.look() as db:
        db.staff.save(Colleague(f"telegram:{LUC}", "Luc", StaffRole.ADVISOR), world.now)
        person = db.people.of(f"telegram:{ANNE}", world.now).id
        window = desk.app.helpdesk.config.requester_tickets(db, person)
        reference = window.file(A_REQUEST, world.now).reference
        db.ticket_links.save_topic(
            Topic(reference=reference, chat_id=GROUP, thread_id=7, title="", closed=False)
        )
    (update,) = write(world, "/resolu", who=LUC, chat_id=GROUP, thread=7)
    die_over(world, update)
    die_over_again(world, update)
    world.now += TWO_TURNS
    a_life(world).intake.receive_alone(update, world.now)

    assert kept(world) == [(f"telegram:{LUC}", "commencé deux fois, jamais fini")]
    with world.look() as db:
        (row,) = [one for one in db.outbox.list(limit=1000) if one.kind == "say"]
    assert (row.lane, row.payload["reply_to"]) == (
        f"staff:{GROUP}",
        update["message"]["message_id"],
    )
    assert FAILED in row.payload["text"]


def test_a_file_over_which_processes_died_is_not_taken(world: World) -> None:
    came = IncomingEvent(
        address=f"telegram:{BRUNO}",
        event=DocumentFetched("comptes.csv", (Sheet("", ((1, ("x",)),)),)),
    )
    for _ in range(2):
        assert a_life(world).intake._may_begin(ERRANDS, 7, world.now)
        world.now += TWO_TURNS / 2

    assert not a_life(world).intake.take_file(7, came, world.now)
    assert a_life(world).intake.take_file(8, came, world.now)
    assert a_life(world).intake.take_file(8, came, world.now)  # once more, after a death
    assert begun(world) == []


async def test_things_that_are_no_updates_stop_nobody(stage: Stage) -> None:
    await stage.close()
    stage.server.bot(stage.settings.telegram_token.get_secret_value()).odd = [
        "x",
        None,
        {"message": {"text": "secret words"}},
        {"update_id": "7"},
        {"update_id": 2**63},
        {"update_id": True},
    ]
    await stage.say("/profil")
    await stage.open()

    await stage.reads(PROFILE)
    await stage.say("/themes")
    await stage.reads(THEMES)
    with stage.look() as db:
        aside = db.failed_updates.newest()
    assert {one.error for one in aside} == {"illisible"}
    assert len(aside) == 6
