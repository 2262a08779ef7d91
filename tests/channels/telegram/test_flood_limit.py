"""The flood limit: one person's haste is that person's own."""

from datetime import UTC, datetime, timedelta

from channels.telegram.stage import ANNE, BRUNO, Stage

from bot.channels.telegram.message_limits import FloodLimit

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ADDRESS = f"telegram:{ANNE}"
CALM, PROFILE = "un message à la fois", "^Votre profil"


def test_sixty_are_taken_in_a_minute_and_the_next_minute_begins_anew() -> None:
    limit = FloodLimit(most=3)

    assert [limit.admits(ADDRESS, number, NOW) for number in range(5)] == [True] * 3 + [False] * 2
    assert limit.admits("telegram:2", 9, NOW)
    assert not limit.admits(ADDRESS, 5, NOW + timedelta(seconds=59))
    assert limit.admits(ADDRESS, 6, NOW + timedelta(seconds=60))


def test_the_person_is_told_once_a_minute() -> None:
    limit = FloodLimit(most=1)
    surplus = [number for number in range(4) if not limit.admits(ADDRESS, number, NOW)]
    told = [limit.is_first_surplus(ADDRESS, number) for number in surplus]

    assert told == [True, False, False]


def test_an_update_that_is_taken_again_counts_once() -> None:
    limit = FloodLimit(most=2)
    for _ in range(3):  # the batch fails twice
        assert [limit.admits(ADDRESS, number, NOW) for number in (1, 2, 3)] == [True, True, False]
        assert limit.is_first_surplus(ADDRESS, 3)


def test_a_backlog_is_counted_by_the_time_at_which_it_was_written() -> None:
    limit = FloodLimit(most=1)

    assert all(limit.admits(ADDRESS, n, NOW + timedelta(minutes=n)) for n in range(50))


def test_who_wrote_nothing_lately_is_forgotten() -> None:
    limit = FloodLimit()
    for number in range(10_001):
        limit.admits(f"telegram:{number}", number, NOW)
    limit.admits(ADDRESS, 1, NOW + timedelta(minutes=2))

    assert len(limit._people) < 10_001


async def test_the_surplus_is_not_taken_and_delays_nobody(stage: Stage) -> None:
    await stage.close()
    await stage.say(*["/profil"] * 62)
    await stage.say("/profil", who=BRUNO)
    await stage.open()

    await stage.reads(CALM)
    await stage.reads(PROFILE, who=BRUNO)
    await stage.until(lambda: len(stage.shown()) == 61)
    assert sum("Votre profil" in words for words in stage.shown()) == 60
