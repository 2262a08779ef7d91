"""Messages edited on Telegram before and after a request was sent."""

import re

import pytest
from channels.telegram.filing import edit, fill_in, send
from channels.telegram.staffed import REFERENCE, Room, ticket
from channels.telegram.stage import ANNE, Stage
from support.talking import A_NIR


@pytest.fixture
def stage(staffed_stage: Stage) -> Stage:
    return staffed_stage


async def test_a_nir_in_a_corrected_description_reaches_nobody(stage: Stage, room: Room) -> None:
    await fill_in(stage)
    described = await stage.say("La cotisation de mai est partie au mauvais fonds.")
    await send(stage)
    await room.sees(REFERENCE)
    await edit(stage, described, f"La cotisation de {A_NIR} est partie au mauvais fonds.")
    await stage.until(lambda: described in stage.server.chats[ANNE].deleted)
    await stage.reads("contenait un numéro de sécurité sociale")
    assert A_NIR not in ticket(stage).request.description
    assert not any(A_NIR in re.sub(r"\s", "", one.text) for one in room.chat.events)


async def test_an_answer_is_corrected_before_sending(stage: Stage, room: Room) -> None:
    written = await fill_in(stage)
    await edit(stage, written["12 000"], "13 000")
    await stage.reads("C'est corrigé. Montant en cause : 13 000,00 €")
    await stage.press("Garder ce texte")
    await send(stage)
    recap = await room.sees(REFERENCE)
    assert "13 000,00 €" in recap.text
    assert ticket(stage).messages == ()
