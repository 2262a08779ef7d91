"""Advisors in Telegram: two people and two advisors carry tickets through their whole life."""

from pathlib import Path

import pytest
from channels.telegram.staffed import (
    EVE,
    GROUP,
    LUC,
    OTHER_GROUP,
    REFERENCE,
    STRANGER,
    Room,
    file,
    react,
    staffed,
    ticket,
)
from channels.telegram.stage import TOKEN, Stage
from sqlmodel import col, update
from support.talking import A_NIR

from bot.clock import utc_now
from bot.domain.delivery import OutboxState
from bot.domain.people import Colleague, StaffRole
from bot.domain.ticket import Author, TicketStatus
from bot.services.ticket_notifications import TicketNotifications, TicketRoutes
from bot.services.ticket_rights import TicketRightsDesk
from bot.storage.tables_operations import OutboxEntry
from knowledge import KnowledgeBase


@pytest.fixture
def stage(staffed_stage: Stage) -> Stage:
    return staffed_stage


async def test_a_ticket_is_a_topic_with_a_masked_recap(stage: Stage, room: Room) -> None:
    await file(stage)
    recap = await room.sees(REFERENCE)
    assert "Mairie d'Exemple" in recap.text
    assert "identité et employeur seulement déclarés" in recap.text
    assert A_NIR not in recap.text.replace(" ", "")
    (topic,) = room.topics.values()
    assert topic["name"].startswith(f"[nouvelle] {REFERENCE}")


async def test_only_a_reply_to_the_recap_leaves(stage: Stage, room: Room) -> None:
    await file(stage)
    recap = await room.sees(REFERENCE)
    await room.say(LUC, "Entre nous : qui connaît ce dossier ?")
    await room.say(LUC, "// surtout pas cela", reply_to=recap.message_id)
    await room.say(LUC, "Le taux est de 34,65 %.", reply_to=recap.message_id)
    await room.sees("Transmis au demandeur")
    await stage.reads("« Le taux est de 34,65 %. »")
    shown = "\n".join(stage.shown())
    assert "Entre nous" not in shown
    assert "surtout pas" not in shown
    assert [one.text for one in ticket(stage).messages] == ["Le taux est de 34,65 %."]
    await stage.until(lambda: "en cours" in next(iter(room.topics.values()))["name"])


async def test_what_the_requester_adds_arrives_in_the_topic_and_can_be_answered(
    stage: Stage, room: Room
) -> None:
    await file(stage)
    recap = await room.sees(REFERENCE)
    await room.say(LUC, "Quel mois ?", reply_to=recap.message_id)
    await stage.reads("« Quel mois")
    await stage.press("^Répondre$")
    await stage.reads("Que voulez-vous ajouter")
    await stage.say("Le mois de mars.")
    asked = await room.sees("Le mois de mars")
    await room.say(LUC, "Merci.", reply_to=asked.message_id)
    await stage.reads("« Merci. »")
    authors = [one.author for one in ticket(stage).messages]
    assert authors == [Author.ADVISOR, Author.REQUESTER, Author.ADVISOR]


async def test_a_reply_to_what_the_bot_says_is_internal(stage: Stage, room: Room) -> None:
    await file(stage)
    await room.sees(REFERENCE)
    await room.say(LUC, "/prendre")
    taken = await room.sees("prise par Luc")
    await room.say(LUC, "Je m'en occupe demain.", reply_to=taken.message_id)
    await room.say(LUC, "/rendre")
    await room.sees("de nouveau à prendre")
    assert ticket(stage).messages == ()


async def test_a_stranger_can_do_nothing(stage: Stage, room: Room) -> None:
    await file(stage)
    recap = await room.sees(REFERENCE)
    await room.say(STRANGER, "Moi je sais.", reply_to=recap.message_id)
    await room.sees("pas de rôle")
    await room.say(STRANGER, "/clore")
    await room.sees("pas de rôle")
    assert ticket(stage).status is TicketStatus.NEW
    assert ticket(stage).messages == ()


async def test_two_advisors_are_warned_and_may_insist(stage: Stage, room: Room) -> None:
    await file(stage)
    recap = await room.sees(REFERENCE)
    await room.say(LUC, "/prendre")
    await stage.reads("prise en charge")
    await room.sees("prise par Luc")
    await room.say(EVE, "Je réponds aussi.", reply_to=recap.message_id)
    warning = await room.sees("prise par Luc")
    assert not any("réponds aussi" in text for text in stage.shown())
    await stage.press("Envoyer quand même", who=EVE, on=warning)
    await stage.reads("« Je réponds aussi. »")
    await stage.press("Envoyer quand même", who=EVE, on=warning)
    await room.say(EVE, "/prendre")
    await room.sees("/prendre oui")
    await room.say(EVE, "/prendre oui")
    await room.sees("prise par Ève")
    sent = [one for one in ticket(stage).messages if not one.internal]
    assert [one.text for one in sent] == ["Je réponds aussi."]


async def test_closing_and_opening_by_command_and_by_hand(stage: Stage, room: Room) -> None:
    await file(stage)
    await room.sees(REFERENCE)
    await room.say(LUC, "/clore")
    await stage.reads("est close")
    await stage.until(lambda: next(iter(room.topics.values())).get("closed"))
    await room.service(LUC, "forum_topic_reopened")
    await stage.reads("est rouverte")
    await room.service(LUC, "forum_topic_closed")
    await stage.reads("est close")
    assert ticket(stage).status is TicketStatus.CLOSED


async def test_the_bots_own_closing_is_no_deed(stage: Stage, room: Room) -> None:
    await file(stage)
    await room.sees(REFERENCE)
    thread = next(iter(room.topics))
    server = stage.server
    bot = server.bot(TOKEN).user
    server.users[bot["id"]] = bot
    await server.user_says(
        TOKEN, bot["id"], None, chat_id=GROUP, thread=thread, extra={"forum_topic_closed": {}}
    )
    await room.say(LUC, "/aide")
    await room.sees("/prendre, /rendre")
    assert ticket(stage).status is TicketStatus.NEW


async def test_a_topic_deleted_by_hand_is_made_again(stage: Stage, room: Room) -> None:
    await file(stage)
    recap = await room.sees(REFERENCE)
    await room.say(LUC, "Quel mois ?", reply_to=recap.message_id)
    await stage.reads("« Quel mois")
    await room.sees("Transmis")
    room.topics.clear()
    await stage.press("^Répondre$")
    await stage.reads("Que voulez-vous ajouter")
    await stage.say("Mars.")
    await room.sees(REFERENCE)
    await room.sees("Mars\\.")
    assert len(room.topics) == 1


async def test_an_edited_answer_is_one_more_message(stage: Stage, room: Room) -> None:
    await file(stage)
    recap = await room.sees(REFERENCE)
    said = await room.say(LUC, "34,56 %", reply_to=recap.message_id)
    await stage.reads("« 34,56 % »")
    message = {**room.chat.messages[said], "text": "34,65 %", "edit_date": 1}
    stage.server.push(TOKEN, "edited_message", message, GROUP, 86400)
    await stage.reads("« Je corrige : 34,65 % »")
    assert [one.text for one in ticket(stage).messages] == ["34,56 %", "Je corrige : 34,65 %"]


async def test_no_nir_is_shown_where_the_operator_did_not_allow_it(
    folder: Path, knowledge: KnowledgeBase, caplog: pytest.LogCaptureFixture
) -> None:
    defaults = {"nir_in_chat": None, "reveal_in_telegram": False}
    async with staffed(folder, knowledge, **defaults) as stage:
        room = Room(stage)
        assert "NIR_IN_CHAT n'est pas réglé" in caplog.text  # once: on the first start
        await file(stage)
        await room.sees(REFERENCE)
        await room.say(LUC, "/reveler 1")
        await room.sees("guichet tickets reveal PEPS-")
        with stage.look() as db:
            assert all(one.what != "ticket.revealed" for one in db.audit_log.entries())


async def test_a_nir_is_revealed_to_one_advisor_for_a_reason(stage: Stage, room: Room) -> None:
    await file(stage)
    await room.sees(REFERENCE)
    await room.say(LUC, "/reveler 1")
    why = await room.sees("Pourquoi")
    await stage.press("Traitement de la demande", who=LUC, on=why)
    await room.sees("Ouvrez d'abord")  # Luc has not started the bot yet
    await stage.say("/start bureau", who=LUC)
    await room.say(LUC, "/reveler 1")
    why = await room.sees("Pourquoi")
    await stage.press("Traitement de la demande", who=LUC, on=why)
    shown = await stage.reads(A_NIR, who=LUC)
    assert shown.data["has_protected_content"]
    assert not any(A_NIR in event.text for event in room.chat.events)
    with stage.look() as db:
        entries = [
            (one.who, one.what, one.detail)
            for one in db.audit_log.entries(REFERENCE)
            if one.what == "ticket.revealed"
        ]
    assert entries == [(f"telegram:{LUC}", "ticket.revealed", "agent 1: treatment")] * 2
    await stage.until(lambda: _erasures(stage))
    assert _erasures(stage) == [120]


def _erasures(stage: Stage) -> list[float]:
    """In how many seconds what was shown will be erased."""
    with stage.look() as db:
        waiting = db.outbox.list(OutboxState.WAITING)
    return [(row.due_at - row.created_at).total_seconds() for row in waiting if row.kind == "erase"]


async def test_a_transfer_begins_a_topic_in_the_other_group(stage: Stage, room: Room) -> None:
    await file(stage)
    await room.sees(REFERENCE)
    await room.say(LUC, "/transferer nulle-part")
    await room.sees("Files : ")
    await room.say(LUC, "/transferer retraite")
    other = Room(stage, OTHER_GROUP)
    await other.sees(REFERENCE)
    assert ticket(stage).queue == "retraite"


async def test_canned_answers_and_articles_are_sent(stage: Stage, room: Room) -> None:
    await file(stage)
    await room.sees(REFERENCE)
    await room.say(LUC, "/reponse")
    await room.sees("accuse")
    await room.say(LUC, "/reponse accuse")
    await stage.reads(f"Votre demande {REFERENCE}[\\s\\S]*Luc")
    await room.say(LUC, "/article peps-creer-compte")
    await stage.reads("start=a_")
    await room.say(LUC, "/article mot de passe oublié")
    nearest = await room.sees("Les plus proches")
    assert "peps-mot-de-passe" in nearest.text
    await room.say(LUC, "/article")
    await room.sees("Indiquez un article")
    await room.say(LUC, "/attente Quel mois ?")
    await room.sees("État : en attente d'une réponse du demandeur")


async def test_eyes_are_seen_in_the_history(stage: Stage, room: Room) -> None:
    await file(stage)
    recap = await room.sees(REFERENCE)
    await react(stage, LUC, recap)

    def is_seen() -> bool:
        with stage.look() as db:
            return any(one.what == "seen" for one in db.ticket_messages.history(REFERENCE))

    await stage.until(is_seen)


async def test_a_restart_in_the_middle_loses_nothing(stage: Stage, room: Room) -> None:
    await file(stage)
    recap = await room.sees(REFERENCE)
    await stage.crash()
    await room.say(LUC, "Après le redémarrage.", reply_to=recap.message_id)
    await stage.open()
    await stage.reads("« Après le redémarrage. »")
    await room.sees("Transmis")


async def ask_for_the_nir(stage: Stage, room: Room) -> None:
    await stage.say("/start bureau", who=LUC)
    await stage.reads(".", who=LUC)
    await file(stage)
    await room.sees(REFERENCE)
    await room.say(LUC, "/reveler 1")
    why = await room.sees("Pourquoi")
    await stage.press("Traitement de la demande", who=LUC, on=why)


@pytest.mark.parametrize("error", [500, "drop"])
async def test_a_reveal_that_did_not_arrive_is_never_shown_late(
    stage: Stage, room: Room, error: int | str
) -> None:
    stage.fault("sendMessage", error, chat_id=LUC, after=1)
    await ask_for_the_nir(stage, room)
    await room.sees("redemandez-le")
    await stage.crash()
    await stage.open()
    await room.say(LUC, "/aide")
    await room.sees("/prendre, /rendre")
    assert not any(A_NIR in words for words in stage.shown(LUC))
    with stage.look() as db:
        assert [row.failure for row in db.outbox.list(OutboxState.BURIED)] == ["reveal.not_sent"]


async def test_what_was_revealed_is_erased_after_a_restart_too(stage: Stage, room: Room) -> None:
    await ask_for_the_nir(stage, room)
    shown = await stage.reads(A_NIR, who=LUC)
    await stage.until(lambda: _erasures(stage))
    await stage.crash()
    with stage.look() as db:
        due = update(OutboxEntry).where(col(OutboxEntry.kind) == "erase").values(due_at=utc_now())
        db.session.exec(due)
    await stage.open()
    await stage.until(lambda: shown.message_id in stage.server.chats[LUC].deleted)


async def test_a_dpo_may_look_and_do_nothing_else(stage: Stage, room: Room) -> None:
    with stage.look() as db:
        db.staff.save(Colleague(f"telegram:{STRANGER}", "Zoé", StaffRole.DPO), utc_now())
    await stage.say("/start bureau", who=STRANGER)
    await file(stage)
    recap = await room.sees(REFERENCE)
    await room.say(STRANGER, "Moi je sais.", reply_to=recap.message_id)
    await room.sees("Votre rôle permet de voir")
    await room.say(STRANGER, "/reveler 1")
    why = await room.sees("Pourquoi voir le NIR")
    await stage.press("Contrôle", who=STRANGER, on=why)
    await stage.reads(A_NIR, who=STRANGER)
    assert ticket(stage).messages == ()
    with stage.look() as db:
        (entry,) = [one for one in db.audit_log.entries(REFERENCE) if "revealed" in one.what]
    assert (entry.who, entry.detail) == (f"telegram:{STRANGER}", "agent 1: control")


async def test_a_restricted_ticket_says_so_in_its_topic_and_nothing_of_it_leaves(
    stage: Stage, room: Room
) -> None:
    await file(stage)
    recap = await room.sees(REFERENCE)
    with stage.app.store.transaction() as db:
        desk = TicketRightsDesk(db, TicketNotifications(TicketRoutes()), "local:dpo", utc_now())
        assert desk.restrict(REFERENCE)
    await room.sees("est limité")
    await room.say(LUC, "Le taux est de 34,65 %.", reply_to=recap.message_id)
    await room.say(LUC, "/reveler 1")
    await stage.until(lambda: sum("est limité" in words for words in stage.shown(room.group)) == 3)
    assert not any("34,65" in words for words in stage.shown())
    with stage.look() as db:
        kept = db.tickets.even_restricted(REFERENCE)
    assert kept is not None
    assert not kept.messages
