"""A search opens sealed rows one after the other, without holding anything up."""

from storage.full import HOLDER, fill
from storage.samples import A_NIR, AN_EMAIL, ANOTHER_NIR, MAIRIE

from bot.storage.store import Store


def test_every_person_agent_and_holder_is_opened_in_a_reading(store: Store) -> None:
    fill(store, people=3)
    with store.read() as db:
        people = list(db.people.everybody())
        agents = list(db.ticket_rights.every_agent())
        emails = list(db.ticket_rights.every_email())
        holders = list(db.accounts.every_holder())

    assert {one.home for one in people} == {f"telegram:{number}" for number in range(3)}
    assert {one.profile.employers for one in people} == {(MAIRIE,)}
    assert [place for _, place, _ in agents] == [0, 1] * 3
    assert [agent.answers[0].value for _, _, agent in agents] == [A_NIR, ANOTHER_NIR] * 3
    assert {email for _, email in emails} == {AN_EMAIL}
    assert {person for person, _ in emails} == {one.id for one in people}
    assert [(siret, account.holder) for siret, account in holders] == [(MAIRIE.siret, HOLDER)]


def test_somebody_is_named_by_the_beginning_of_an_identity_that_one_person_has(
    store: Store,
) -> None:
    fill(store, people=2)
    with store.read() as db:
        first, second = db.people.everybody()
        assert db.people.by_id(first.id[:8]) == first
        assert db.people.by_id(second.id) == second
        assert db.people.by_id("") is None
        assert db.people.by_id("%") is None
