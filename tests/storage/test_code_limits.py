"""Codes by e-mail are limited by who asks: nobody can lock somebody else's address."""

from storage.samples import HOUR, NOW

from bot.domain.email_code import CODES_A_DAY, CODES_OF_OTHERS, CodeSending
from bot.storage.store import Store

VICTIM = "claire.martin@mairie-exemple.fr"
ASKED_EVERY = HOUR


def asked(store: Store, person: str, times: int, email: str = VICTIM) -> list[CodeSending]:
    """What becomes of so many wishes for a code, one an hour."""
    with store.transaction() as db:
        who = db.people.of(f"telegram:{person}", NOW).id
        return [
            db.one_time_codes.begin_code(who, email, NOW + number * ASKED_EVERY)[0]
            for number in range(times)
        ]


def test_a_stranger_sends_a_few_letters_and_locks_nobody_out(store: Store) -> None:
    sent = asked(store, "666", CODES_A_DAY + 2)

    assert sent == [CodeSending.SENT] * CODES_A_DAY + [CodeSending.TOO_MANY] * 2
    assert asked(store, "1", 1) == [CodeSending.SENT]


def test_many_strangers_together_are_stopped(store: Store) -> None:
    sent = [one for person in range(4) for one in asked(store, f"66{person}", CODES_A_DAY)]

    assert sent.count(CodeSending.SENT) <= CODES_OF_OTHERS + CODES_A_DAY
    assert asked(store, "3", 1, "another@mairie-exemple.fr") == [CodeSending.SENT]
