"""Markup of any kind comes out as the text it was, in every chat, mail and page."""

import html
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from connectors.samples import a_formatter
from support.talking import A_SIRET
from torture.stories import REFERENCE, Play, _employ
from torture.world import ANNE, GROUP, Fate, Life, World

from bot.connectors.email import EmailConnector
from bot.domain.ticket_export import ExportItem, TicketExport
from bot.services.report import build_report, render_page
from knowledge import KnowledgeBase

NASTY = "<b>A</b> **B** _C_ [D](http://e.fr) &lt; `E` <a href='x'>F</a>"


@pytest.fixture
def play(tmp_path: Path, knowledge: KnowledgeBase) -> Iterator[Play]:
    world = World(tmp_path / "data", knowledge)
    yield Play(Life(world, Fate()))
    world.close()


def test_what_was_typed_is_text_everywhere(play: Play) -> None:
    world = play.world
    world.server.users[ANNE]["first_name"] = NASTY
    _employ(play)
    play.says(ANNE, "/start m_" + _a_short_form(world))
    play.presses(ANNE, "^Continuer$", "^Continuer ma demande$")
    play.says(ANNE, A_SIRET, "Mairie d'Exemple")
    play.says(ANNE, "2026", NASTY + " Une description assez longue.")
    play.presses(ANNE, "^Passer$")
    play.presses(ANNE, "^Envoyer$")
    play.advises(NASTY, under=REFERENCE)

    recap = next(words for words in shown(world, ANNE) if "avant l'envoi" in words)
    topic = next(words for words in shown(world, GROUP) if REFERENCE in words)
    answer = shown(world, ANNE)[-1]
    assert all(NASTY in words for words in (recap, topic, answer))
    assert not any(marked(world, chat) for chat in (ANNE, GROUP))
    assert NASTY in mail(world)
    assert "<b>A</b>" not in page(play)


def _a_short_form(world: World) -> str:
    sous_motif = world.knowledge.catalogue.sous_motif("cotisations/calcul/taux-cnracl")
    assert sous_motif is not None
    return sous_motif.id


def shown(world: World, chat: int) -> list[str]:
    return [event.text for event in world.server.chats[chat].events if event.kind == "message"]


def marked(world: World, chat: int) -> list[str]:
    """What typed markup made of itself: bold, italic, code or a link over its letters."""
    return [
        event.text[one["offset"] : one["offset"] + one["length"]]
        for event in world.server.chats[chat].events
        if event.kind == "message"
        for one in event.data.get("entities", [])
        if event.text[one["offset"] : one["offset"] + one["length"]]
        in ("A", "B", "C", "D", "E", "F")
    ]


def mail(world: World) -> str:
    """The letter about the ticket, as text; its other part shows the same, and tags nothing."""
    with world.look() as db:
        ticket = db.tickets.by_reference(REFERENCE)
    assert ticket is not None
    server: Any = None  # nothing is sent
    mailbox = EmailConnector(
        server=server, sender="a@exemple.fr", recipient="b@exemple.fr", formatter=a_formatter()
    )
    letter = mailbox.write(
        TicketExport(item=ExportItem.TICKET, ticket=ticket, number=1, at=world.now)
    )
    text, page = letter.iter_parts()
    assert "<b>A</b>" not in page.get_content()
    assert html.escape(NASTY, quote=False)[:10] in page.get_content()
    return str(text.get_content())


def page(play: Play) -> str:
    """The report, after a question that nothing answers."""
    play.says(ANNE, "/annuler", "xyzzy <b>A</b> plugh")
    day, now = timedelta(days=1), play.world.now
    with play.world.look() as db:
        return render_page(build_report(db, play.world.knowledge, now - day, now + day))
