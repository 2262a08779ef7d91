"""Votes: one a person and version, the last one counts, none is none."""

from storage.samples import HOUR, NOW

from bot.storage.store import Store
from bot.storage.votes import Tally


def test_an_article_without_a_vote_has_none(store: Store) -> None:
    with store.transaction() as records:
        assert records.votes("peps-creer-compte", "v1") == Tally(useful=0, not_useful=0)


def test_a_person_has_one_vote_and_may_think_again(store: Store) -> None:
    with store.transaction() as records:
        anne, bruno = (records.person(f"telegram:{n}", NOW).id for n in (1, 2))
        records.vote(anne, "peps-creer-compte", "v1", True, NOW)
        records.vote(bruno, "peps-creer-compte", "v1", True, NOW)
    with store.transaction() as records:
        records.vote(anne, "peps-creer-compte", "v1", False, NOW + HOUR)

        assert records.votes("peps-creer-compte", "v1") == Tally(useful=1, not_useful=1)


def test_a_new_version_begins_anew(store: Store) -> None:
    with store.transaction() as records:
        anne = records.person("telegram:1", NOW).id
        records.vote(anne, "peps-creer-compte", "v1", False, NOW)

        assert records.votes("peps-creer-compte", "v2") == Tally()
