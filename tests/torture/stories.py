"""Stories: everything that changes something durable, as people, advisors and machines do it."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from support.talking import A_NIR, A_SIRET
from support.whole_request import DIALOGUE
from torture.world import ANNE, BRUNO, GROUP, LUC, TOKEN, Desk, Life, World

from bot.commands.run import EMPLOYER, fill_register
from bot.domain.people import Colleague, StaffRole
from bot.domain.ticket import TicketStatus
from bot.domain.ticket_export import ExternalReply
from bot.services.account_admin import Actor, invite

ACCOUNTS = "Identifiant;Nom;Prénom;Expiration\nZ1;Petit;Zoé;01/06/2029\n".encode("cp1252")
REFERENCE = "PEPS-2026-000001"


@dataclass(frozen=True, slots=True)
class Play:
    """People in a world, who wait until the desk has done with one thing before the next."""

    life: Life

    @property
    def world(self) -> World:
        return self.life.world

    def says(self, who: int, *texts: str) -> None:
        for text in texts:
            self._act(self.world.server.user_says(TOKEN, who, text))

    def presses(self, who: int, *labels: str, chat: int | None = None) -> None:
        """Press buttons of the newest messages that show them."""
        for label in labels:
            message, button = self._button(label, chat or who)
            self._act(self.world.server.user_presses(TOKEN, who, chat or who, message, button))

    def sends(self, who: int, content: bytes) -> None:
        """Send a sheet as a document."""
        file = self.world.server._save_file("comptes.csv", content)
        document = {**file, "file_name": "comptes.csv", "mime_type": "text/csv"}
        self._act(self.world.server.user_says(TOKEN, who, media={"document": document}))

    def advises(self, words: str, under: str = "") -> None:
        """The advisor writes in the topic; under a message that matches, or to nobody."""
        chat = self.world.server.chats[GROUP]
        thread = max(chat.topics)
        found = [e.message_id for e in chat.events if under and re.search(under, e.text)]
        self._act(
            self.world.server.user_says(
                TOKEN,
                LUC,
                words,
                chat_id=GROUP,
                thread=thread,
                reply_to=found[-1] if found else None,
            )
        )

    def quietly(self, story: "Story") -> None:
        """Let a story that has its own deaths come first, without any."""
        self.life.fate.is_kind = True
        story(self)
        self.life.fate.is_kind = False

    def _button(self, label: str, chat: int) -> tuple[int, dict[str, Any]]:
        events = self.world.server.chats[chat].events
        for event in reversed(events):
            for row in (event.data.get("reply_markup") or {}).get("inline_keyboard", []):
                for button in row:
                    if re.search(label, button["text"]):
                        return event.message_id, button
        raise AssertionError(f"no « {label} » after {[e.text[:99] for e in events[-3:]]}")

    def _act(self, act: Any) -> None:
        asyncio.run(act)
        self.life.live()


def file_a_ticket(play: Play) -> None:
    """A question in one's own words, an article, a form, a ticket; it leaves for both sides."""
    for verb, what, _ in DIALOGUE:
        (play.says if verb == "say" else play.presses)(ANNE, what)


def name_an_agent(play: Play) -> None:
    """A form with a NIR in it, which is erased from the chat, once given wrongly."""
    play.says(ANNE, "/start m_" + _code(play, "immatriculation-affiliation/affiliation/mutation"))
    play.presses(ANNE, "^Continuer$", "^Continuer ma demande$")
    play.says(ANNE, A_SIRET, "Centre hospitalier d'Exemple")
    play.presses(ANNE, "^Passer$")
    play.says(ANNE, A_NIR, "Durand", "Anne-Marie", "1er septembre 2026")
    play.says(ANNE, f"Elle arrive par mutation {A_NIR} et n'apparaît pas.")
    play.presses(ANNE, "Garder ce texte")
    play.says(ANNE, "rh@hopital-exemple.fr")
    play.presses(ANNE, "^Envoyer$")


def follow_up(play: Play) -> None:
    """A ticket is added to, answered from outside, rated, reopened and withdrawn."""
    play.quietly(file_a_ticket)
    play.presses(ANNE, REFERENCE)
    play.presses(ANNE, "Ajouter un message")
    play.says(ANNE, "Le virement date de mars.")
    _told(play, ExternalReply(event_id="1", reference=REFERENCE, words="C'est transféré."))
    _told(play, ExternalReply(event_id="2", reference=REFERENCE, status=TicketStatus.RESOLVED))
    play.presses(ANNE, "^4$")
    play.says(ANNE, "Rapide.")
    play.says(ANNE, "/demandes")
    play.presses(ANNE, REFERENCE)
    play.presses(ANNE, "Répondre ou rouvrir")
    play.says(ANNE, "Il manque un mois.")
    play.says(ANNE, "/demandes")
    play.presses(ANNE, REFERENCE)
    play.presses(ANNE, "Retirer la demande", "Oui, la retirer")


def go_through_the_accounts(play: Play) -> None:
    """A reminder and the review it leads to, by one account and then by many."""
    _administer(play)
    play.life.live(Desk.remind)
    play.presses(ANNE, "Faire la revue", "^Supprimer$", "C'est fait", "^Renouveler$", "C'est fait")
    play.says(ANNE, "30/05/2028")
    play.presses(ANNE, "Plus tard", "Tout renouveler", "^Oui, les")
    play.says(ANNE, "31/05/2028")
    play.life.live(Desk.remind)


def import_accounts(play: Play) -> None:
    """A sheet comes as a document, is previewed and written; the register leaves as another."""
    _administer(play)
    play.says(ANNE, "/importer")
    play.sends(ANNE, ACCOUNTS)
    play.presses(ANNE, "Écrire ces changements")
    play.says(ANNE, "/exporter")


def leave(play: Play) -> None:
    """A user leaves, an administrator goes, another takes their seat by invitation."""
    _administer(play)
    play.says(ANNE, "/depart")
    play.presses(ANNE, "Un utilisateur", "Hugo Morin", "Aujourd'hui", "Pas encore fait")
    play.says(ANNE, "/depart")
    play.presses(ANNE, "Un autre administrateur", "Rose Lambert", "Aujourd'hui", "C'est fait")
    play.says(ANNE, "/depart")
    play.presses(ANNE, "^Moi$", "Aujourd'hui", "Donner ce profil", "Omar Haddad", "C'est fait")
    with play.world.look() as db:
        code = invite(db, EMPLOYER.siret, "demo-a012", Actor("desk"), play.world.now)
    play.says(BRUNO, f"/start i_{code}", f"/start i_{code}", "/comptes")


def advise(play: Play) -> None:
    """An advisor takes a ticket, answers, corrects nothing, waits, is answered, and closes it."""
    _employ(play)
    play.quietly(file_a_ticket)
    play.advises("/prendre")
    play.advises("Quel mois ?", under=REFERENCE)
    play.presses(ANNE, "^Répondre$")
    play.says(ANNE, "Le mois de mars.")
    play.advises("Merci.", under="Le mois de mars")
    play.advises("/attente")
    play.advises("/transferer cotisations")
    play.advises("/clore")
    play.advises("/rouvrir")


def reveal(play: Play) -> None:
    """A NIR is shown to one advisor, once, and erased two minutes later."""
    _employ(play)
    play.quietly(name_an_agent)
    play.says(LUC, "/start bureau")
    play.advises("/reveler 1")
    play.presses(LUC, "Traitement de la demande", chat=GROUP)
    play.world.now = play.world.now.replace(hour=play.world.now.hour + 1)
    play.life.live()


def _administer(play: Play) -> None:
    """Anne administers the employer of the demonstration."""
    address = f"telegram:{ANNE}"
    with play.world.look() as db:
        db.people.of(address, play.world.now)
    fill_register(play.world.plain_app(), address, play.world.now)


def _employ(play: Play) -> None:
    with play.world.look() as db:
        luc = Colleague(f"telegram:{LUC}", "Luc", StaffRole.ADVISOR)
        db.staff.save(luc, play.world.now)


def _told(play: Play, reply: ExternalReply) -> None:
    play.life.live(lambda desk: desk.learn(reply))


def _code(play: Play, path: str) -> str:
    sous_motif = play.world.knowledge.catalogue.sous_motif(path)
    assert sous_motif is not None
    return sous_motif.id


Story = Callable[[Play], None]

STORIES: tuple[Story, ...] = (
    file_a_ticket,
    name_an_agent,
    follow_up,
    go_through_the_accounts,
    import_accounts,
    leave,
    advise,
    reveal,
)
