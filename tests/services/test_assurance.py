"""How far a requester is known: for one employer, by who vouches for them there, while they do."""

from dataclasses import replace
from datetime import timedelta

import pytest
from support.registers import ANNE, BRUNO, CHLOE, SCHOOLS, TOWN, an_account, an_administrator
from support.reminded import NOW, Scene

from bot.connectors.ticket_text import TicketFormatter
from bot.domain.account_changes import DeleteAccount
from bot.domain.people import Assurance, Employer, Profile
from bot.domain.ticket import Added, TicketRequest, TicketStatus
from bot.domain.ticket_export import NirShown
from bot.services.account_admin import Actor, accept_invitation, invite
from bot.services.advisor_tickets import ActionWarning, AdvisorAction
from knowledge.catalogue import Catalogue

NINA, OTTO = "terminal:nina", "terminal:otto"
NAMED = "Le dossier de l'agent 2 85 06 75 999 001 16 est complet."
"""Fictitious: the commune code 999 is given to no commune of department 75; key computed."""


class Town:
    """An employer that invites people, and one that invited nobody."""

    def __init__(self, scene: Scene) -> None:
        self.store, self.config = scene.app.store, scene.app.helpdesk.config
        self.desk = scene.app.advisor_desk
        self.scene = scene
        scene.add(an_administrator(ANNE), an_administrator(BRUNO), an_account(CHLOE))
        scene.add(an_administrator("zoe"), employer=SCHOOLS)
        self._filed = 0

    def invited(self, address: str, account: str = CHLOE) -> None:
        with self.store.transaction() as db:
            person = db.people.of(address, NOW)
            code = invite(db, TOWN.siret, account, Actor("local:luc"), NOW)
            assert accept_invitation(db, code, person.id, NOW).employer == TOWN

    def file(self, address: str, employer: Employer, email: str = "") -> str:
        self._filed += 1
        request = TicketRequest(
            identity=f"draft-{self._filed}",
            path="cotisations/calcul/taux-cnracl",
            labels=("Cotisations", "Taux", "Taux de cotisation"),
            fund="CNRACL",
            employer=employer,
            email=email,
            answers=(),
            agents=(),
            description="Une demande.",
        )
        with self.store.transaction() as db:
            person = db.people.of(address, NOW)
            tickets = self.config.requester_tickets(db, person.id)
            return tickets.file(request, NOW).reference

    def assurance(self, reference: str) -> Assurance:
        with self.store.read() as db:
            ticket = db.tickets.by_reference(reference)
        assert ticket is not None
        return ticket.request.assurance

    def doubt(self, reference: str) -> ActionWarning | None:
        action = AdvisorAction(who="local:luc", at=NOW)
        return self.desk.do(action, lambda tickets: tickets.answer(reference, NAMED)).warning


@pytest.fixture
def town(scene: Scene) -> Town:
    return Town(scene)


def test_an_invitation_vouches_for_its_employer_and_no_other(town: Town) -> None:
    town.invited(NINA)

    mine, theirs = town.file(NINA, TOWN), town.file(NINA, SCHOOLS)

    assert town.assurance(mine) is Assurance.INVITED
    assert town.doubt(mine) is None
    assert town.assurance(theirs) is Assurance.DECLARED
    assert town.doubt(theirs) is ActionWarning.ONLY_DECLARED


def test_a_name_that_is_declared_for_ones_own_is_no_invitation(town: Town) -> None:
    """The same SIRET typed by somebody else, or the same name with another SIRET."""
    town.invited(NINA)

    assert town.assurance(town.file(OTTO, TOWN)) is Assurance.DECLARED
    twin = replace(TOWN, siret=SCHOOLS.siret)
    assert town.assurance(town.file(NINA, twin)) is Assurance.DECLARED


def test_it_ends_with_the_link_for_what_was_filed_before_too(town: Town) -> None:
    town.invited(NINA)
    before = town.file(NINA, TOWN)
    town.scene.change(DeleteAccount(account=CHLOE, seen=1), account="")

    assert town.assurance(before) is Assurance.DECLARED
    assert town.doubt(before) is ActionWarning.ONLY_DECLARED
    assert town.assurance(town.file(NINA, TOWN)) is Assurance.DECLARED


def test_who_takes_the_account_over_ends_what_it_said_of_the_first(town: Town) -> None:
    town.invited(NINA)
    before = town.file(NINA, TOWN)
    town.invited(OTTO)

    assert town.assurance(before) is Assurance.DECLARED
    assert town.assurance(town.file(NINA, TOWN)) is Assurance.DECLARED
    assert town.assurance(town.file(OTTO, TOWN)) is Assurance.INVITED


def test_a_second_account_at_the_same_employer_still_vouches(town: Town) -> None:
    town.invited(NINA)
    town.invited(NINA, BRUNO)
    town.invited(OTTO)

    assert town.assurance(town.file(NINA, TOWN)) is Assurance.INVITED


def test_a_confirmed_address_says_nothing_about_the_employer(town: Town) -> None:
    with town.store.transaction() as db:
        person = db.people.of(NINA, NOW)
        db.people.save_profile(person.id, Profile(email="nina@exemple.fr", email_confirmed=True))

    filed = town.file(NINA, TOWN, "nina@exemple.fr")

    assert town.assurance(filed) is Assurance.EMAIL_CONFIRMED
    assert town.doubt(filed) is ActionWarning.ONLY_DECLARED
    assert town.assurance(town.file(NINA, TOWN, "autre@exemple.fr")) is Assurance.DECLARED


def test_a_closed_ticket_that_is_continued_is_reckoned_anew(town: Town) -> None:
    filed, later = town.file(NINA, TOWN), NOW + timedelta(days=60)
    with town.store.transaction() as db:
        db.tickets.set_status(filed, TicketStatus.CLOSED, NOW)
    town.invited(NINA)
    with town.store.transaction() as db:
        tickets = town.config.requester_tickets(db, db.people.of(NINA, later).id)
        again, became = tickets.add(filed, "Encore une question.", later)

    assert became is Added.FILED_ANEW
    assert again is not None
    assert town.assurance(filed) is Assurance.DECLARED
    assert town.assurance(again.reference) is Assurance.INVITED


def test_every_other_system_reads_the_same(town: Town) -> None:
    town.invited(NINA)
    reference = town.file(NINA, SCHOOLS)
    with town.store.read() as db:
        ticket = db.tickets.by_reference(reference)
    assert ticket is not None
    formatter = TicketFormatter(catalogue=Catalogue((), {}), nir=NirShown.MASKED, place="")
    said = "\n".join(formatter.ticket_lines(ticket))
    assert "Demandeur : identité et employeur seulement déclarés" in said
    assert "invité" not in said
