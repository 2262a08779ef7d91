"""Votes: one a person and version, the last one counts, none is none."""

from storage.samples import HOUR, NOW

from bot.storage.statistics import VoteCount
from bot.storage.store import Store


def test_an_article_without_a_vote_has_none(store: Store) -> None:
    with store.transaction() as db:
        assert db.statistics.votes("peps-creer-compte", "v1") == VoteCount(useful=0, not_useful=0)


def test_a_person_has_one_vote_and_may_think_again(store: Store) -> None:
    with store.transaction() as db:
        anne, bruno = (db.people.of(f"telegram:{n}", NOW).id for n in (1, 2))
        db.statistics.vote(anne, "peps-creer-compte", "v1", True, NOW)
        db.statistics.vote(bruno, "peps-creer-compte", "v1", True, NOW)
    with store.transaction() as db:
        db.statistics.vote(anne, "peps-creer-compte", "v1", False, NOW + HOUR)

        assert db.statistics.votes("peps-creer-compte", "v1") == VoteCount(useful=1, not_useful=1)


def test_a_new_version_begins_anew(store: Store) -> None:
    with store.transaction() as db:
        anne = db.people.of("telegram:1", NOW).id
        db.statistics.vote(anne, "peps-creer-compte", "v1", False, NOW)

        assert db.statistics.votes("peps-creer-compte", "v2") == VoteCount()
