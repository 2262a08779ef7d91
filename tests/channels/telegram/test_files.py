"""Photos and documents both ways: known by their content, shown to one advisor at a time."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from channels.telegram.staffed import GROUP, LUC, REFERENCE, Room, file, staffed, ticket
from channels.telegram.stage import ANNE, TOKEN, Stage
from support.talking import A_NIR

from bot.domain.attachment import FileType
from bot.domain.delivery import OutboxState
from knowledge import KnowledgeBase

JPEG = b"\xff\xd8\xff\xe0" + b"une photo" * 30
PDF = b"%PDF-1.7\n" + b"un bulletin" * 30
PROGRAM = b"MZ\x90\x00" + b"\x00" * 60


@pytest.fixture
async def stage(folder: Path, knowledge: KnowledgeBase) -> AsyncIterator[Stage]:
    async with staffed(folder, knowledge, piece_megabytes=1) as stage:
        yield stage


@pytest.fixture
def room(stage: Stage) -> Room:
    return Room(stage)


def photo(stage: Stage, content: bytes = JPEG) -> dict[str, Any]:
    held = stage.server._save_file("photo.jpg", content)
    return {"photo": [{**held, "width": 90, "height": 90}]}


def document(stage: Stage, name: str, content: bytes) -> dict[str, Any]:
    return {"document": {**stage.server._save_file(name, content), "file_name": name}}


async def open_ticket(stage: Stage) -> None:
    await stage.say("/demandes")
    await stage.reads("Vos demandes")
    await stage.press(REFERENCE)
    await stage.reads("Votre description")


async def answer_with(stage: Stage, room: Room, media: dict[str, Any], words: str = "") -> int:
    """Luc replies to the recap with a file."""
    recap = next(e for e in room.chat.events if e.kind == "message" and REFERENCE in e.text)
    message = await stage.server.user_says(
        TOKEN,
        LUC,
        words or None,
        chat_id=GROUP,
        thread=next(iter(room.topics)),
        reply_to=recap.message_id,
        media=media,
    )
    return int(message["message_id"])


async def test_a_photo_of_the_requester_is_named_in_the_topic_and_not_copied(
    stage: Stage, room: Room
) -> None:
    await file(stage)
    await room.sees(REFERENCE)
    await open_ticket(stage)
    await stage.server.user_says(TOKEN, ANNE, "Voici la page", media=photo(stage))
    await stage.reads("C'est ajouté à la demande|C&#x27;est ajouté")
    shown = await room.sees("Voici la page")
    assert "pièce 1 : photo, 1 ko" in shown.text
    assert stage.server.call_count["sendPhoto"] == 0
    (piece,) = ticket(stage).pieces
    assert (piece.type, piece.place) == (FileType.JPEG, 0)
    await room.say(LUC, "Merci pour la photo.", reply_to=shown.message_id)
    await stage.reads("« Merci pour la photo. »")


async def test_a_piece_is_shown_to_one_advisor_for_a_reason(stage: Stage, room: Room) -> None:
    await file(stage)
    await room.sees(REFERENCE)
    await open_ticket(stage)
    await stage.server.user_says(TOKEN, ANNE, media=document(stage, "x.exe", PDF))
    await room.sees("pièce 1 : document PDF")
    await stage.say("/start bureau", who=LUC)
    await room.say(LUC, "/piece")
    await room.sees("Indiquez le numéro")
    await room.say(LUC, "/piece 1")
    why = await room.sees("Pourquoi voir pièce 1")
    await stage.press("Vérification d'identité", who=LUC, on=why)
    shown = await stage.reads(f"{REFERENCE}, pièce 1", who=LUC)
    assert shown.data["has_protected_content"]
    assert shown.data["document"]["file_name"] == "x.pdf"
    with stage.look() as db:
        entries = [one for one in db.audit_log.entries(REFERENCE) if one.what == "piece.revealed"]
    assert [(one.who, one.detail) for one in entries] == [
        (f"telegram:{LUC}", "pièce 1 : identity"),
    ]

    def waits() -> bool:
        with stage.look() as db:
            rows = db.outbox.list(OutboxState.WAITING)
        return [(row.due_at - row.created_at).seconds for row in rows if row.kind == "erase"] == [
            120
        ]

    await stage.until(waits)


async def test_an_advisors_document_leaves_as_part_of_the_ticket(stage: Stage, room: Room) -> None:
    await file(stage)
    await room.sees(REFERENCE)
    await answer_with(stage, room, document(stage, "notice.pdf", PDF), "Voici la notice.")
    warning = await room.sees("porte une pièce")  # of the requester nothing is known but words
    assert not any("notice" in words for words in stage.shown())
    await stage.press("Envoyer quand même", who=LUC, on=warning)
    await stage.reads("« Voici la notice. »")
    given = await stage.reads(f"demande {REFERENCE}, pièce 1")
    assert given.data["document"]["file_name"] == "notice.pdf"
    await room.sees("Transmis")
    sent = [one.place for one in ticket(stage).messages if not one.internal]
    assert [one.place for one in ticket(stage).pieces] == sent


async def test_a_file_that_is_not_meant_for_the_requester_stays(stage: Stage, room: Room) -> None:
    await file(stage)
    await room.sees(REFERENCE)
    await answer_with(stage, room, photo(stage), "// entre nous")
    await room.say(LUC, "/aide")
    await room.sees("/piece 2")
    assert ticket(stage).pieces == ()
    assert stage.server.call_count["getFile"] == 0


@pytest.mark.parametrize("content", [PROGRAM, b"PK\x03\x04" + b"\0" * 40])
async def test_what_is_not_taken_is_said_to_both_sides(
    stage: Stage, room: Room, content: bytes
) -> None:
    await file(stage)
    await room.sees(REFERENCE)
    await open_ticket(stage)
    await stage.server.user_says(TOKEN, ANNE, media=photo(stage, content))
    await stage.reads("pas ce genre de fichier")
    await answer_with(stage, room, document(stage, "notice.pdf", content))
    await room.sees("Rien n'est parti")
    assert (ticket(stage).messages, ticket(stage).pieces) == ((), ())


async def test_a_file_that_weighs_too_much_is_never_fetched(stage: Stage, room: Room) -> None:
    await file(stage)
    await room.sees(REFERENCE)
    await open_ticket(stage)
    heavy = {"file_id": "f", "file_unique_id": "u", "file_size": 1_000_001, "file_name": "a.pdf"}
    await stage.server.user_says(TOKEN, ANNE, media={"document": heavy})
    await stage.reads("pèse plus de 1 Mo")
    await answer_with(stage, room, {"document": heavy})
    await room.sees("pèse plus de 1 Mo")
    assert stage.server.call_count["getFile"] == 0


async def test_a_nir_in_a_caption_or_a_name_is_not_kept(stage: Stage, room: Room) -> None:
    await file(stage)
    await room.sees(REFERENCE)
    await open_ticket(stage)
    await stage.press("^Ajouter")
    await stage.reads("Que voulez-vous ajouter")
    await stage.server.user_says(TOKEN, ANNE, f"sa carte {A_NIR}", media=photo(stage))
    await stage.reads("j'ai tout effacé, et le fichier n'est pas joint")
    await stage.server.user_says(TOKEN, ANNE, media=document(stage, f"{A_NIR}.pdf", PDF))
    await room.sees("pièce 1")
    (piece,) = ticket(stage).pieces
    assert A_NIR not in piece.name


async def test_a_nir_beside_a_photo_leaves_the_person_on_their_ticket(
    stage: Stage, room: Room
) -> None:
    await file(stage)
    await room.sees(REFERENCE)
    await open_ticket(stage)
    words = f"mot de passe oublié {A_NIR}"
    await stage.server.user_says(TOKEN, ANNE, words, media=photo(stage))
    told = await stage.reads("j'ai tout effacé, et le fichier n'est pas joint")
    assert "Votre description" in told.text
    await stage.say("Ajouter un message")
    await stage.reads("Que voulez-vous ajouter")
    assert ticket(stage).pieces == ()


async def test_a_crash_while_a_file_is_fetched_keeps_it_once(stage: Stage, room: Room) -> None:
    await file(stage)
    await room.sees(REFERENCE)
    await open_ticket(stage)
    stage.fault("getFile", 502)
    await stage.server.user_says(TOKEN, ANNE, "Voici", media=photo(stage))
    await stage.until(lambda: stage.server.call_count["getFile"] > 0)
    await stage.crash()
    await stage.open()
    await room.sees("Voici")
    assert len(ticket(stage).pieces) == 1


async def test_a_file_that_telegram_does_not_give_out_is_asked_for_again(
    stage: Stage, room: Room
) -> None:
    await file(stage)
    await room.sees(REFERENCE)
    await open_ticket(stage)
    stage.fault("getFile", 400)
    await stage.server.user_says(TOKEN, ANNE, "Voici", media=photo(stage))
    await stage.reads("pu lire ce fichier")
    assert ticket(stage).messages == ()


@pytest.mark.parametrize("caption", ["j'ai viré la cotisation au mauvais fonds", ""])
async def test_a_photo_with_its_question_waits_for_the_request(stage: Stage, caption: str) -> None:
    """Its words are asked at once; without any, they are asked for."""
    await stage.server.user_says(TOKEN, ANNE, caption or None, media=photo(stage))
    await stage.reads("Je garde votre fichier")
    if not caption:
        await stage.say("j'ai viré la cotisation au mauvais fonds")
        await stage.reads("Voici")
    await stage.press("Lire 1")
    await stage.reads("Cela répond")
    await stage.press("Nous contacter")
    await stage.reads("Votre demande :")
    await stage.press("^Continuer$")
    await stage.reads("Avant le formulaire")
    await stage.press("Continuer ma demande")
    await stage.reads("Quel fonds")
    await stage.reads("C'est joint à votre demande en cours : pièce 1")


async def test_a_photo_sent_in_the_middle_of_the_form_is_joined(stage: Stage) -> None:
    await stage.say("j'ai viré la cotisation au mauvais fonds")
    await stage.reads("Voici")
    await stage.press("Je n'ai pas trouvé")
    await stage.reads("De quoi s.agit-il")
    await stage.server.user_says(TOKEN, ANNE, "la capture", media=photo(stage))
    await stage.reads("C'est joint à votre demande en cours : pièce 1")
