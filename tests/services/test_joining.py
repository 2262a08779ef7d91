"""One person in two windows: joined by a code alone, and nothing is lost."""

import re
from collections import Counter
from random import Random

from sqlmodel import select
from storage.samples import MAIRIE, NOW, a_request

from bot.domain.people import Profile
from bot.storage.tables_requests import PersonAddressRow, PersonRow, TicketRow

from .conftest import Desk

FORM = ("attestation de paiement", "je n'ai pas trouvé", "tout choisir")


def code_of(said: str) -> str:
    return re.search(r"/relier ([\w-]+)", said)[1]


def file_one(desk: Desk, name: str, identity: str) -> str:
    with desk.app.store.transaction() as db:
        person = db.people.of(f"terminal:{name}", desk.now)
        db.people.save_profile(person.id, Profile(employers=(MAIRIE,)))
        return db.tickets.get_or_create(person.id, a_request(identity), desk.now).reference


def test_a_code_makes_two_windows_one_conversation(desk: Desk) -> None:
    reference = file_one(desk, "anne", "draft-1")
    desk.wait(hours=1)
    assert reference not in desk.type("ailleurs", "/demandes")

    said = desk.type("ailleurs", f"/relier {code_of(desk.type('anne', '/ailleurs'))}")

    assert "n'en font plus qu'une" in said
    assert reference in desk.type("ailleurs", "/demandes")
    assert reference in desk.type("anne", "/demandes")
    with desk.app.store.transaction() as db:
        person = db.people.find("terminal:ailleurs")
        assert person == db.people.find("terminal:anne")
        assert set(person.addresses) == {"terminal:anne", "terminal:ailleurs"}
        (noted,) = [one for one in db.audit_log.entries() if one.what == "person.joined"]
        assert noted.subject == person.id


def test_a_code_is_good_once_and_for_a_quarter_of_an_hour(desk: Desk) -> None:
    code = code_of(desk.type("anne", "/ailleurs"))
    assert "rien à relier" in desk.type("anne", f"/relier {code}")
    assert "pas, ou plus, valable" in desk.type("eve", f"/relier {code}")

    late = code_of(desk.type("anne", "/ailleurs"))
    desk.wait(minutes=15)
    assert "pas, ou plus, valable" in desk.type("eve", f"/relier {late}")
    assert "Tapez /relier suivi du code" in desk.type("eve", "/relier")


def test_of_two_open_requests_none_is_lost(desk: Desk) -> None:
    path = "j'ai viré la cotisation au mauvais fonds", "lire 1", "nous contacter", "continuer"
    desk.type("anne", *path, "continuer ma demande", "cnracl")
    desk.type("ailleurs", *path, "continuer ma demande", "rafp")

    said = desk.type("ailleurs", f"/relier {code_of(desk.type('anne', '/ailleurs'))}")

    assert "recevoir la somme : CNRACL" in said
    assert "Question 2 sur 9" in said


def test_the_open_request_of_the_other_window_is_taken_up(desk: Desk) -> None:
    path = "j'ai viré la cotisation au mauvais fonds", "lire 1", "nous contacter", "continuer"
    desk.type("anne", *path, "continuer ma demande", "cnracl")

    said = desk.type("ailleurs", f"/relier {code_of(desk.type('anne', '/ailleurs'))}")

    assert "Reprendre" in said
    assert "Question 2 sur 9" in desk.type("ailleurs", "reprendre")


def test_random_joins_keep_every_ticket_with_exactly_one_person(desk: Desk) -> None:
    chance = Random(7)
    with desk.app.store.transaction() as db:
        people = [db.people.of(f"telegram:{number}", NOW).id for number in range(15)]
        for number, person in enumerate(people):
            db.tickets.get_or_create(person, a_request(f"draft-{number}"), NOW)
    for _ in range(30):
        with desk.app.store.transaction() as db:
            one, other = chance.sample(range(15), 2)
            mine = db.people.find(f"telegram:{one}").id
            theirs = db.joining.take(db.joining.begin(mine, NOW), NOW)
            found = db.people.find(f"telegram:{other}").id
            if theirs != found:
                db.joining.join(theirs, found)
    with desk.app.store.transaction() as db:
        tickets = Counter(db.session.exec(select(TicketRow.person_id)))
        addresses = Counter(db.session.exec(select(PersonAddressRow.person_id)))
        assert tickets == addresses
        assert tickets.total() == 15
        assert set(tickets) == set(db.session.exec(select(PersonRow.id)))
