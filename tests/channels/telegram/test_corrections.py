"""Messages corrected on Telegram: what they have become reads so everywhere, nothing is lost."""

import re

import pytest
from channels.telegram.filing import edit, fill_in, send
from channels.telegram.staffed import LUC, REFERENCE, Room, ticket
from channels.telegram.stage import ANNE, Stage
from support.talking import A_NIR


@pytest.fixture
def stage(staffed_stage: Stage) -> Stage:
    return staffed_stage


async def test_a_description_is_corrected_in_the_register_and_in_the_topic(
    stage: Stage, room: Room
) -> None:
    await fill_in(stage)
    described = await stage.say("La cotisation de mai est partie au mauvais fonds.")
    await send(stage)
    recap = await room.sees(REFERENCE)
    await edit(stage, described, "La cotisation de mars est partie au mauvais fonds.")
    changed = await room.sees("cotisation de mars", kind="edit")
    assert changed.message_id == recap.message_id
    assert "cotisation de mai" not in changed.text
    note = await room.sees("a corrigé sa description")
    assert "cotisation de mars" in note.text
    await stage.reads(f"La correction de votre message est dans la demande {REFERENCE}")
    assert ticket(stage).request.description.startswith("La cotisation de mars")
    await room.say(LUC, "Merci pour la précision.", reply_to=note.message_id)
    await stage.reads("« Merci pour la précision. »")


async def test_the_words_of_the_first_question_are_corrected_too(stage: Stage, room: Room) -> None:
    written = await fill_in(stage)
    await stage.press("Garder ce texte")
    await send(stage)
    await room.sees(REFERENCE)
    await edit(stage, written["asked"], "j'ai viré la cotisation de mars au mauvais fonds")
    await room.sees("cotisation de mars", kind="edit")
    assert "de mars" in ticket(stage).request.description


async def test_a_form_answer_corrected_after_sending_is_added_and_marked(
    stage: Stage, room: Room
) -> None:
    written = await fill_in(stage)
    await stage.press("Garder ce texte")
    await send(stage)
    await room.sees(REFERENCE)
    await edit(stage, written["12 000"], "13 000")
    await room.sees(r"Correction \(Montant en cause\) : 13 000")
    await stage.reads("La correction de votre message")
    await edit(stage, written["12 000"], "14 000")
    await room.sees(r"Correction \(Montant en cause\) : 14 000", kind="edit")
    assert [one.text for one in ticket(stage).messages] == [
        "Correction (Montant en cause) : 14 000"
    ]


async def test_a_correction_survives_a_restart_and_a_deleted_topic(
    stage: Stage, room: Room
) -> None:
    await fill_in(stage)
    described = await stage.say("La cotisation de mai est partie au mauvais fonds.")
    await send(stage)
    await room.sees(REFERENCE)
    await stage.crash()
    room.topics.clear()
    await edit(stage, described, "La cotisation de mars est partie au mauvais fonds.")
    await stage.open()
    recap = await room.sees(REFERENCE)
    assert "cotisation de mars" in recap.text
    await room.sees("a corrigé sa description")


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
