"""Messages edited on Telegram: asked again, answered again, or one more message of the ticket."""

import re

import pytest
from channels.telegram.filing import edit, fill_in, send
from channels.telegram.staffed import LUC, REFERENCE, Room, file, ticket
from channels.telegram.stage import ANNE, Stage
from channels.telegram.test_pieces import open_ticket
from support.talking import A_NIR


@pytest.fixture
def stage(staffed_stage: Stage) -> Stage:
    return staffed_stage


async def test_after_filing_an_edit_is_one_more_message(stage: Stage, room: Room) -> None:
    written = await fill_in(stage)
    described = await stage.say("La cotisation de mai est partie au mauvais fonds.")
    await send(stage)
    await room.sees(REFERENCE)
    await edit(stage, described, "La cotisation de mars est partie au mauvais fonds.")
    note = await room.sees("Je corrige : La cotisation de mars")
    await stage.reads(f"La correction de votre message est dans la demande {REFERENCE}")
    await edit(stage, written["12 000"], "13 000")
    await room.sees("Je corrige : 13 000")
    assert ticket(stage).request.description.startswith("La cotisation de mai")
    assert [one.text for one in ticket(stage).messages] == [
        "Je corrige : La cotisation de mars est partie au mauvais fonds.",
        "Je corrige : 13 000",
    ]
    await room.say(LUC, "Merci pour la précision.", reply_to=note.message_id)
    await stage.reads("« Merci pour la précision. »")


async def test_an_edited_message_of_a_ticket_is_one_more_message(stage: Stage, room: Room) -> None:
    await file(stage)
    await room.sees(REFERENCE)
    await open_ticket(stage)
    await stage.press("^Ajouter")
    await stage.reads("Que voulez-vous ajouter")
    said = await stage.say("Le mois de mai.")
    await room.sees("Le mois de mai")
    for words in ("Le mois de mars.", "Le mois d'avril."):
        await edit(stage, said, words)
        await room.sees(f"Je corrige : {words}")
    assert [one.text for one in ticket(stage).messages] == [
        "Le mois de mai.",
        "Je corrige : Le mois de mars.",
        "Je corrige : Le mois d'avril.",
    ]


async def test_an_edited_question_is_asked_again(stage: Stage) -> None:
    asked = await stage.say("mot de pase oublié")
    await stage.reads("^Voici")
    await edit(stage, asked, "pénalité de retard")
    shown = await stage.reads("[Pp]énalité|retard")
    assert "Je ne relis pas" not in shown.text


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
