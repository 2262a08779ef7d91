"""Floods: one person's haste is that person's own."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from torture.world import ANNE, BRUNO, TOKEN, Desk, World

from bot.background.rate_limit import RateLimit
from bot.channels.telegram.turnstile import LANES, Turnstile
from bot.conversation.texts import fill, text, unescape
from knowledge import KnowledgeBase

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ADDRESS = f"telegram:{ANNE}"


CALM = unescape(fill(text("anywhere.one_by_one")))


def test_so_much_at_once_and_then_so_much_a_second() -> None:
    turnstile = Turnstile(RateLimit(rate=1, burst=5))

    assert [turnstile.lets_in(ADDRESS, NOW) for _ in range(7)] == [True] * 5 + [False] * 2
    assert turnstile.lets_in("telegram:2", NOW)
    assert turnstile.lets_in(ADDRESS, NOW + timedelta(seconds=1))
    assert not turnstile.lets_in(ADDRESS, NOW + timedelta(seconds=1))


def test_a_backlog_is_counted_by_the_time_at_which_it_was_written() -> None:
    turnstile = Turnstile(RateLimit(rate=1, burst=2))

    assert all(turnstile.lets_in(ADDRESS, NOW + timedelta(seconds=n)) for n in range(50))


def test_a_flood_is_taken_in_order_and_delays_nobody_else(
    tmp_path: Path, knowledge: KnowledgeBase
) -> None:
    world = World(tmp_path, knowledge)
    desk = Desk(world, lambda _: False, turnstile=Turnstile(RateLimit(rate=1, burst=5)))
    words = [f"/inconnue{number}" for number in range(9)]
    asyncio.run(write(world, words))
    desk.hear()

    with world.look() as db:
        rows = [one for one in db.outbox.rows() if one.lane == f"{LANES}{ADDRESS}"]
    late = [row.payload["raw"]["message"]["text"] for row in rows]
    assert late == [*words[5:], "/profil"]
    world.run(desk.send())
    assert any("Votre profil" in words for words in shown(world, BRUNO))
    assert shown(world, ANNE).count(CALM) == 1
    assert not any("Votre profil" in words for words in shown(world, ANNE))

    world.run(desk.catch_up())
    world.run(desk.send())
    assert sum("Je ne connais pas" in words for words in shown(world, ANNE)) == len(words)
    assert any("Votre profil" in words for words in shown(world, ANNE))
    world.close()


async def write(world: World, words: list[str]) -> None:
    """Anne writes a lot at once, Bruno one word in the middle of it."""
    for place, one in enumerate(words):
        await world.server.user_says(TOKEN, ANNE, one)
        if place == 7:
            await world.server.user_says(TOKEN, BRUNO, "/profil")
    await world.server.user_says(TOKEN, ANNE, "/profil")


def shown(world: World, who: int) -> list[str]:
    return [event.text for event in world.server.chats[who].events if event.kind == "message"]
