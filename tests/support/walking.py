"""Walks through the conversation: moves drawn from what the table and the screen allow."""

import copy
import random
from collections.abc import Callable, Iterable, Iterator
from typing import get_args

from support.registers import SCHOOLS, TOWN, a_register, an_account
from support.talking import A_NIR, A_SIRET, Talk

from bot.conversation.context import Rules
from bot.conversation.events import (
    Attached,
    AttachmentFetched,
    AttachmentKept,
    DocumentFetched,
    Medium,
    MessageEdited,
    Notified,
    Opened,
    Picked,
    Replied,
    UnreadableSent,
)
from bot.conversation.machine import ANYWHERE, TRANSITIONS
from bot.conversation.states import State
from bot.domain.account import Holder
from bot.domain.attachment import Attachment, FileType
from bot.domain.identifiers import expected_nir_key
from bot.domain.spreadsheet import read_spreadsheet
from bot.domain.ticket import Notice, TicketNews
from knowledge import KnowledgeBase

TYPED = [
    "mon collègue part à la retraite",
    "bonjour",
    "merci",
    "2",
    "oui",
    "Continuer",
    A_SIRET,
    "Mairie d'Exemple",
    "Durand",
    "03/06/1985",
    "2026",
    "du 01/09/2019 au 31/08/2021",
    "1 234,56",
    "88W0000000000000AB",
    "rh@mairie-exemple.fr",
    "c'est quoi le nir ?",
    "Une description assez longue pour être comprise.",
    "un\ndeux\ntrois",
    "👍👍👍",
    "\u200b\u202e\u200f",
    "<b>gras</b> **étoiles** # dièse \\ {accolade}",
    "x" * 5000,
]
# Another well-formed number of nobody (commune 999 of department 75 does not exist).
ANOTHER_NIR = "1790275999042" + expected_nir_key("1790275999042")
LEAKS = [f"dossier de Mme Durand {ANOTHER_NIR} svp", "mon code est 482913"]
COMMANDS = sorted(
    {
        k
        for row in (*TRANSITIONS.values(), ANYWHERE)
        for k in row
        if isinstance(k, str) and k[0] == "/"
    }
)
A_PHOTO = b"\xff\xd8\xff\xe0" + b"\0" * 60
A_PIECE = Attachment(number=1, type=FileType.JPEG, name="p.jpg", size=64)
ATTACHED = Attached("file-id", "photo.jpg")
LINKS = ["/start i_used", "/start a_zzzz", "/start m_j7af", "/start " + "x" * 64, "/inconnue"]


ADMINISTRATORS = ["/comptes", "/revue", "/inviter", "/depart", "/conges", "/importer"]
SOMEBODY_ELSE = Holder(last_name="Petit", first_name="Jean", email="jean@mairie-exemple.fr")
SHEET = tuple(
    read_spreadsheet(
        "Identifiant;Nom;Prénom;Expiration\nZ1;Durand;Zoé;01/09/2027\n;x;y;\n".encode()
    )
)


def a_notice(news: TicketNews) -> Notice:
    """News of the first ticket, whether the walk has filed one or not."""
    return Notice(
        news=news,
        reference="PEPS-2026-000001",
        label="Un objet",
        words="Bonjour.",
        piece=1,
    )


def moves(talk: Talk) -> list[Callable[[], object]]:
    """What a person could do now; going on is likelier than wandering off."""
    buttons = [
        lambda code=offer.code: talk.hear(Picked(code), talk.session.turn)
        for offer in talk.session.offers
    ]
    typed = [lambda words=words: talk.say(words) for words in [*TYPED, A_NIR, *LEAKS]]
    commands = [lambda name=name: talk.say(name) for name in COMMANDS + LINKS]
    odd = [lambda medium=medium: talk.hear(UnreadableSent(medium, "légende")) for medium in Medium]
    news = [lambda news=news: talk.hear(Notified(a_notice(news))) for news in TicketNews]
    pieces = [
        lambda piece=piece: talk.hear(piece)
        for piece in (
            AttachmentFetched(name="p.jpg", content=A_PHOTO),
            AttachmentFetched(name="p.jpg", content=A_PHOTO, reference="PEPS-2026-000001"),
            AttachmentFetched(name="p.exe", content=b"MZ\0", identity="draft-1"),
            AttachmentKept(piece=A_PIECE, identity="draft-1"),
            MessageEdited("Une autre phrase."),
            Replied("Le contrat est le 4455.", "PEPS-2026-000001"),
            Replied("", "PEPS-2026-000001", ATTACHED),
        )
    ]
    stale = [lambda: talk.hear(Picked("send"), 0), lambda: talk.hear(Opened())]
    files = [lambda: talk.hear(DocumentFetched("comptes.csv", SHEET)), lambda: talk.hear(ATTACHED)]
    asides = typed + commands + odd + news + stale + files + pieces
    good = [talk.answer_well] if talk.state in ("Filling", "Describing") else []
    return good * 6 * len(asides) + buttons * len(asides) + asides


def open_form(talk: Talk, choice: int) -> None:
    """A form, or one of the administrators' commands."""
    one_too_many = an_account("zoe", origin=SOMEBODY_ELSE)  # any change of the holder recycles it
    register = a_register().with_account(one_too_many)
    talk.rules = Rules(can_mail=True)
    talk.registers = {TOWN.siret: register, SCHOOLS.siret: a_register(employer=SCHOOLS)}
    place, is_administrators = divmod(choice, 2)
    if is_administrators:
        talk.say(ADMINISTRATORS[place % len(ADMINISTRATORS)])
    else:
        sous_motifs = talk.knowledge.catalogue.sous_motifs
        talk.say(f"/start m_{sous_motifs[place % len(sous_motifs)].id}")


def set_off(talk: Talk, choices: Iterable[int]) -> Iterator[None]:
    """A walk that begins at some form, so that the deep states are reached too."""
    for place, choice in enumerate(choices):
        if place == 0:
            talk.similar = "PEPS-2026-000001" if choice % 4 > 1 else ""
            open_form(talk, choice)
        else:
            possible = moves(talk)
            possible[choice % len(possible)]()
        yield


def talks_in_every_state(knowledge: KnowledgeBase) -> dict[type, Talk]:
    """A conversation that has come to each state, by walks that are the same every time."""
    chance, found = random.Random(7), dict[type, Talk]()
    for _ in range(400):
        if found.keys() == set(get_args(State)):
            break
        talk = Talk(knowledge)
        for _ in set_off(talk, [chance.randrange(1_000_000) for _ in range(60)]):
            kind = type(talk.session.state)
            if kind not in found:
                found[kind] = copied(talk)
    return found


def copied(talk: Talk) -> Talk:
    """The same conversation once more: what one does, the other does not see."""
    twin = copy.copy(talk)
    for name in ("filed", "effects", "rated", "registers", "uploads", "told_others"):
        setattr(twin, name, copy.copy(getattr(talk, name)))
    return twin
