"""What a ticket says elsewhere: what is sensitive is known by the kind of its field."""

from dataclasses import replace

import pytest
from connectors.samples import A_NIR, FIELDS, NO_CATALOGUE, a_formatter, a_ticket

from bot.domain.ticket import Agent, Answer
from bot.domain.ticket_export import NirShown
from knowledge.catalogue import Catalogue

PARTNER = replace(FIELDS["nir"], key="nir_conjoint", label="NIR du conjoint")


@pytest.mark.parametrize("nir", NirShown)
def test_a_nir_under_another_key_is_shown_as_a_nir_is(nir: NirShown) -> None:
    formatter = replace(
        a_formatter(nir), catalogue=Catalogue((), {**FIELDS, "nir_conjoint": PARTNER})
    )
    agents = (Agent((Answer("nir_conjoint", A_NIR),)),)
    ticket = a_ticket()
    ticket = replace(ticket, request=replace(ticket.request, agents=agents))

    lines = "\n".join(formatter.ticket_lines(ticket))

    assert "NIR du conjoint : " in lines
    assert (A_NIR in lines) is (nir is NirShown.CLEAR)
    assert ("••" in lines) is (nir is NirShown.MASKED)


def test_a_nir_whose_field_is_gone_from_the_catalogue_stays_masked() -> None:
    formatter = replace(a_formatter(), catalogue=NO_CATALOGUE)

    assert A_NIR not in "\n".join(formatter.ticket_lines(a_ticket()))
