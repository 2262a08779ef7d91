"""A canary: one NIR goes in at every door, and is found nowhere but where it is meant to be."""

import asyncio
import hashlib
import logging
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from support.talking import A_NIR
from torture.canary import BARE, SPACED, SPELLINGS, places, traces
from torture.stories import REFERENCE, Play, reveal
from torture.world import ANNE, BRUNO, LUC, TOKEN, Fate, Life, World

from bot.commands.run import fill_register
from bot.domain.ticket_export import ExternalReply
from knowledge import KnowledgeBase


@pytest.fixture
def play(tmp_path: Path, knowledge: KnowledgeBase) -> Any:
    world = World(tmp_path / "data", knowledge)
    yield Play(Life(world, Fate()))
    world.close()


def test_a_nir_given_at_every_door_is_found_nowhere(
    play: Play, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    reveal(play)
    for door in (talk, attach, administer, advise, confuse):
        door(play)

    found = {
        place: content
        for place, content in places(play.world, tmp_path, caplog.text).items()
        if traces(content)
    }
    shown = {
        place
        for place, content in found.items()
        if A_NIR.encode() in content and is_reveal(content)
    }

    assert set(found) - shown == set()
    assert len(shown) == 2  # the call that showed it, and what the advisor then read


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_the_search_sees_it_however_it_is_written(spelled: str) -> None:
    assert traces(f"avant {spelled} après".encode())
    assert traces(spelled.encode("utf-16"))


@pytest.mark.parametrize("spelled", [A_NIR, SPACED, BARE])
def test_the_search_sees_it_coded(spelled: str) -> None:
    for before in ("", "a", "ab", "abc"):
        assert traces(b64encode(f"{before}{spelled}.".encode()))
    assert traces(spelled.encode().hex().encode())
    assert traces(hashlib.sha256(spelled.encode()).digest())
    assert not traces(spelled.replace("999", "998").encode())


def is_reveal(content: bytes) -> bool:
    if A_NIR.encode() not in content:
        return False
    return b'"chat_id": "%d"' % LUC in content or content.startswith(REFERENCE.encode())


def talk(play: Play) -> None:
    """In words: a question, a command, a link, a profile, an addition to a ticket."""
    play.says(BRUNO, *(f"bonjour, dossier {one} où en est-il" for one in SPELLINGS))
    play.says(BRUNO, f"/inconnue {A_NIR}")
    play.says(BRUNO, f"/start {A_NIR}", f"/start i_{A_NIR}", f"/demandes {A_NIR}")
    play.says(BRUNO, "/profil")
    play.presses(BRUNO, "Ajouter un employeur")
    play.says(BRUNO, A_NIR, "/annuler")
    play.says(ANNE, "/demandes")
    play.presses(ANNE, REFERENCE, "Ajouter un message")
    play.says(ANNE, f"L'agent est {SPACED}.")


def attach(play: Play) -> None:
    """Beside words: a caption, a file's name, a correction, a forwarded text, a contact."""
    server = play.world.server
    file = server._save_file(f"{A_NIR}.pdf", b"%PDF")
    document = {"document": {**file, "file_name": f"{A_NIR}.pdf"}}
    play._act(server.user_says(TOKEN, BRUNO, SPACED, media=document))
    play._act(server.user_says(TOKEN, BRUNO, A_NIR, extra={"forward_origin": origin()}))
    said = asyncio.run(server.user_says(TOKEN, BRUNO, "bonjour"))
    play._act(server.user_edits(TOKEN, BRUNO, said["message_id"], f"bonjour {SPACED}"))
    contact = {"contact": {"phone_number": A_NIR, "first_name": SPACED}}
    play._act(server.user_says(TOKEN, BRUNO, None, extra=contact))


def origin() -> dict[str, Any]:
    return {"type": "hidden_user", "sender_user_name": SPACED, "date": 1}


def administer(play: Play) -> None:
    """In a sheet of accounts, and in what is typed about them."""
    fill_register(play.world.plain_app(), f"telegram:{BRUNO}", play.world.now)
    play.says(BRUNO, "/importer")
    rows = f"Identifiant;Nom;Prénom;Expiration\nZ1;{A_NIR};Zoé;01/06/2029\n{A_NIR};Petit;Zoé;x\n"
    play.sends(BRUNO, rows.encode())
    play.says(BRUNO, "/annuler", "/exporter")


def advise(play: Play) -> None:
    """By the desk and by the other ticketing system."""
    play.advises(f"Est-ce bien {SPACED} ?", under=REFERENCE)
    play.advises(f"/resolu pour {A_NIR}")
    play.advises(f"/reveler {A_NIR}")
    told = ExternalReply(event_id=f"e-{A_NIR}", reference=REFERENCE, words=f"Au sujet de {SPACED}.")
    play.life.live(lambda desk: desk.learn(told))


def confuse(play: Play) -> None:
    """In what cannot be read: a forged button, a broken update."""
    forged = {"text": "x", "callback_data": f"1~{A_NIR}"}
    place = play.world.server.chats[BRUNO].events[-1].message_id
    play._act(play.world.server.user_presses(TOKEN, BRUNO, BRUNO, place, forged))
    play.world.server.push(TOKEN, "message", {"message_id": A_NIR, "text": A_NIR}, BRUNO, 86400)
    play.life.live()
