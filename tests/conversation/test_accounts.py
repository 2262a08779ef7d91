"""Administrators in the conversation: what they see, what they may, and nobody else's accounts."""

from datetime import date, timedelta

import pytest
from support.registers import ANNE, SCHOOLS, TODAY, TOWN, a_register, an_account, an_administrator
from support.talking import Talk

from bot.conversation.effects import AcceptInvitation, Ask, FetchDocument, GiveDocument
from bot.conversation.events import Attached, DocumentFetched, Notified, Picked
from bot.domain.employer_accounts import EmployerAccounts
from bot.domain.spreadsheet import Sheet, SpreadsheetFault, read_spreadsheet
from bot.domain.ticket import Notice, TicketNews
from knowledge import KnowledgeBase


def talking(knowledge: KnowledgeBase, *registers: EmployerAccounts) -> Talk:
    return Talk(knowledge, registers={one.employer.siret: one for one in registers})


@pytest.fixture
def anne(knowledge: KnowledgeBase) -> Talk:
    return talking(knowledge, a_register())


def test_accounts_are_sorted_by_urgency_with_their_state_in_words(anne: Talk) -> None:
    shown = anne.say("/comptes")
    order = [shown.index(words) for words in (
        "David Martin (DAVID), profil utilisateur : expiré depuis le 11/11/2026",
        "Chloe Martin (CHLOE), profil utilisateur : expire dans 6 jours (29/11/2026)",
        "Anne Martin (ANNE), profil administrateur : expire dans 29 jours",
        "Emma Martin (EMMA), profil utilisateur : actif, expire le",
    )]  # fmt: skip
    assert order == sorted(order)


def test_who_administers_nothing_is_told_how_to(knowledge: KnowledgeBase) -> None:
    for command in (
        "/comptes",
        "/revue",
        "/depart",
        "/inviter",
        "/conges",
        "/importer",
        "/exporter",
    ):
        assert "demandez une invitation" in talking(knowledge).say(command)


def test_who_serves_several_employers_says_for_which(knowledge: KnowledgeBase) -> None:
    talk = talking(knowledge, a_register(), a_register(an_administrator(ANNE), employer=SCHOOLS))
    talk.say("/comptes")
    assert SCHOOLS.name in talk.press(SCHOOLS.name)


FORGED = [f"{choice}.{SCHOOLS.siret}" for choice in ("start_review", "remind_later", "calendar")]


@pytest.mark.parametrize("code", FORGED)
def test_a_forged_button_of_a_reminder_opens_nobody_elses_register(anne: Talk, code: str) -> None:
    anne.hear(Picked(code), 0)
    assert "pas, ou plus, administrateur" in anne.shown
    assert not any(isinstance(effect, GiveDocument) for effect in anne.effects)


@pytest.mark.parametrize(
    "code", ["register." + SCHOOLS.siret, "accounts." + SCHOOLS.siret, "account.x"]
)
def test_a_forged_button_of_a_list_is_an_old_one(anne: Talk, code: str) -> None:
    anne.say("/comptes")
    anne.hear(Picked(code), anne.session.turn)
    assert "n'est plus valable" in anne.shown


def test_news_reaches_who_was_removed_meanwhile(anne: Talk) -> None:
    anne.say("/comptes")
    anne.registers = {}
    notice = Notice(
        news=TicketNews.ANSWERED,
        reference="PEPS-2026-000001",
        label="Un objet",
        words="C'est réglé.",
    )
    anne.hear(Notified(notice))
    assert "C'est réglé." in anne.shown


def test_who_was_removed_meanwhile_loses_access(anne: Talk) -> None:
    anne.say("/comptes")
    anne.registers = {}
    assert "pas, ou plus, administrateur" in anne.press("Faire la revue")
    anne.registers = {TOWN.siret: a_register()}
    anne.say("/depart")
    anne.registers = {}
    assert "pas, ou plus, administrateur" in anne.press("Moi")
    assert anne.state == "Idle"


def test_an_account_that_somebody_else_deleted_is_gone(anne: Talk) -> None:
    anne.say("/comptes")
    anne.press("Chloe Martin · CHLOE")
    register = anne.registers[TOWN.siret]
    chloe = register.account("chloe")
    assert chloe is not None
    anne.registers[TOWN.siret] = register.without_account(chloe)
    assert "n'est plus dans la liste" in anne.press("Renouveler")


def test_a_new_account_is_asked_line_by_line_and_an_unknown_date_is_estimated(anne: Talk) -> None:
    anne.say("/comptes")
    anne.press("Ajouter un compte")
    anne.say("chloe", "Petit", "Zoé", "zoe@mairie-exemple.fr")
    anne.press("Utilisateur")
    anne.press("Je ne la connais pas")
    assert "28/02/2027" in anne.say("31/08/2025")
    assert "déjà celui d'un autre compte" in anne.press("Retenir le 28/02/2027")
    anne.say("z9", "Petit", "Zoé", "zoe@mairie-exemple.fr")
    anne.press("Utilisateur")
    anne.press("Je ne la connais pas")
    anne.say("31/08/2025")
    anne.press("Retenir le 28/02/2027")
    zoe = anne.registers[TOWN.siret].named("Z9")
    assert zoe is not None
    assert zoe.estimated
    assert "28/02/2027, date estimée" in anne.shown


def change(talk: Talk, field: str, value: str) -> str:
    talk.say("/comptes")
    offered = next(label for label in talk.labels if label.endswith("CHLOE"))
    talk.press(offered)
    talk.press("Modifier")
    talk.press(field)
    return talk.say(value)


def test_taking_an_account_over_is_explained_and_done_only_when_confirmed(anne: Talk) -> None:
    change(anne, "Nom", "Petit")
    change(anne, "Prénom", "Jean")
    shown = change(anne, "Courriel", "jean@mairie-exemple.fr")
    assert "fortement déconseillé" in shown
    assert anne.registers[TOWN.siret].named("CHLOE").holder.email == "chloe@mairie-exemple.fr"
    anne.press("Reprendre ce compte quand même")
    assert anne.registers[TOWN.siret].named("CHLOE").holder.email == "jean@mairie-exemple.fr"


def test_two_at_once_never_undo_each_other(anne: Talk) -> None:
    anne.say("/revue")
    anne.press("Renouveler")
    anne.press("C'est fait")
    register = anne.registers[TOWN.siret]
    david = register.account("david")
    assert david is not None
    by_bruno = david.changed(expires=david.expires.replace(year=2029))
    anne.registers[TOWN.siret] = register.with_account(by_bruno)

    assert "vient d'être modifié par quelqu'un d'autre" in anne.say("30/05/2028")
    assert anne.registers[TOWN.siret].account("david") == by_bruno


def test_the_summary_of_a_review_is_also_a_document(anne: Talk) -> None:
    anne.say("/revue")
    anne.press("Plus tard")
    anne.press("Plus tard")
    anne.press("Plus tard")
    (document,) = [effect for effect in anne.effects if isinstance(effect, GiveDocument)]
    assert document.name == "revue-21750001600019-2026-11-23.txt"
    assert "Remis à plus tard (3)" in document.content.decode()
    assert anne.registers[TOWN.siret].review is None


def test_alone_and_expired_leads_to_the_desk_with_everything_filled_in(
    knowledge: KnowledgeBase,
) -> None:
    anne = talking(knowledge, a_register(an_administrator(ANNE, -3), an_account("chloe")))
    assert "Votre propre compte est expiré" in anne.say("/comptes")
    shown = anne.press("Écrire au support")
    assert anne.state == "Reviewing"
    assert "ANNE" in shown
    assert "217 500 016 00019" in shown
    anne.press("Envoyer")
    (request,) = anne.filed
    assert request.path == "acces-peps/gestion-des-comptes/renouveler-compte-expire"
    assert request.email == "anne@mairie-exemple.fr"


def test_the_agenda_holds_the_coming_dates(anne: Talk) -> None:
    anne.say("/comptes")
    anne.press("Agenda (.ics)")
    (document,) = [effect for effect in anne.effects if isinstance(effect, GiveDocument)]
    lines = document.content.decode().split("\r\n")
    assert lines.count("BEGIN:VEVENT") == 4  # David's date is past
    assert "DTSTART;VALUE=DATE:20261129" in lines
    assert all(len(line.encode()) <= 75 for line in lines)


SHEET = tuple(
    read_spreadsheet("Identifiant;Nom;Prénom;Expiration\nZ1;Petit;Zoé;01/06/2028\nZ2;;;\n".encode())
)


def test_a_sheet_is_previewed_before_anything_is_written(anne: Talk) -> None:
    anne.say("/importer")
    anne.hear(Attached("file-id", "comptes.csv", size=80))
    assert FetchDocument("file-id", "comptes.csv") in anne.effects
    anne.hear(DocumentFetched("comptes.csv", SHEET))
    assert "ligne 3 : nom ou prénom manquant" in anne.shown
    assert "Absents du fichier (5)" in anne.shown
    assert anne.registers[TOWN.siret].named("Z1") is None
    anne.press("Écrire sans les lignes refusées")
    assert "1 comptes ajoutés" in anne.shown


@pytest.mark.parametrize(
    "came",
    [
        *(DocumentFetched("x.csv", fault=fault.value) for fault in SpreadsheetFault),
        DocumentFetched("x.csv", (Sheet("", ((1, ("Nom",)), (2, ("Petit",)))),)),
    ],
)
def test_a_file_that_cannot_be_read_is_answered(anne: Talk, came: DocumentFetched) -> None:
    anne.say("/importer")
    anne.hear(came)
    assert anne.state == "Importing"
    assert any(isinstance(effect, Ask) for effect in anne.effects)


def test_a_requesters_document_is_never_fetched(knowledge: KnowledgeBase) -> None:
    talk = talking(knowledge)
    talk.hear(Attached("file-id", "comptes.csv"))
    assert not any(isinstance(effect, FetchDocument) for effect in talk.effects)


@pytest.mark.parametrize("state", ["used", "expired", "unknown"])
def test_a_link_that_is_worth_nothing_is_answered_clearly(talk: Talk, state: str) -> None:
    shown = talk.say(f"/start i_{state}")
    assert AcceptInvitation(state) in talk.effects
    assert "invitation" in shown
    assert talk.state == "Idle"


def test_a_draft_outlives_a_visit_to_the_accounts(anne: Talk) -> None:
    sous_motif = anne.knowledge.catalogue.sous_motif("cotisations/calcul/taux-cnracl")
    anne.say(f"/start m_{sous_motif.id}")
    anne.press("Continuer")
    anne.press("Continuer ma demande")
    anne.say("21750001600019")
    anne.say("/comptes")
    assert "Reprendre ma demande" in anne.labels


def test_a_yes_in_a_review_is_the_button_that_it_means(anne: Talk) -> None:
    anne.say("/revue")
    assert "« Renouveler »" in anne.say("oui")
    assert "Quelle nouvelle date" in anne.say("oui c'est fait")
    anne.say("01/06/2028")
    assert "« Supprimer »" in anne.say("non")
    assert "Compte 2 sur" not in anne.say("non")


def test_a_yes_is_no_date(anne: Talk) -> None:
    anne.say("/revue", "oui", "c fait")
    assert "Quelle nouvelle date" in anne.say("oui")


def test_an_absence_is_told_in_one_sentence(anne: Talk) -> None:
    anne.say("/conges")
    shown = anne.say("je serai absente du 20 décembre au 3 janvier")
    assert "Qui vous remplace" in shown
    state = anne.session.state
    assert (state.first, state.last) == (date(2026, 12, 20), date(2027, 1, 3))


def test_a_date_of_an_account_with_two_readings_is_asked(anne: Talk) -> None:
    assert "Laquelle est la bonne ?" in change(anne, "Date d'expiration", "le 3 mars")
    assert "03/03/2027" in anne.press("03/03/2027")


@pytest.mark.parametrize("words", ["idem", "-", "voir PJ", "je sais pas"])
def test_the_words_of_an_empty_box_name_nobody(anne: Talk, words: str) -> None:
    for field in ("Nom", "Prénom", "Identifiant"):
        change(anne, field, words)
        anne.say("/retour")
    assert anne.registers[TOWN.siret].named("CHLOE").holder.name == "Chloe Martin"


def test_an_identifier_is_read_among_words(anne: Talk) -> None:
    change(anne, "Identifiant", "c'est l'identifiant CH 01")
    assert anne.registers[TOWN.siret].named("CH01") is not None


def test_nothing_is_marked_before_a_departure_and_it_is_taken_back_in_a_tap(anne: Talk) -> None:
    anne.say("départ")
    anne.press("Un utilisateur")
    anne.press("Emma Martin · EMMA")
    shown = anne.say("4 janvier")
    assert "lundi 4 janvier 2027. Rien ne change avant ce jour" in shown
    turn = anne.session.turn
    emma = anne.registers[TOWN.siret].account("emma")
    assert emma is not None
    assert not emma.is_leaving(TODAY)
    assert emma.is_leaving(date(2027, 1, 4))
    assert "Renouveler" not in anne.labels[:1]
    anne.say("comptes")
    assert any(label.startswith("Annuler le départ") for label in anne.labels)
    anne.say("mot de passe oublié")
    anne.hear(Picked("stays.emma"), turn)
    assert "Emma Martin (EMMA) reste" in anne.shown
    assert anne.registers[TOWN.siret].account("emma").leaves is None


def test_a_day_that_has_passed_counts_from_today_and_is_offered_for_a_week(anne: Talk) -> None:
    anne.say("/depart Emma Martin est partie le 12/11")
    emma = anne.registers[TOWN.siret].account("emma")
    assert emma.leaves == TODAY
    assert emma.may_stay(TODAY + timedelta(days=7))
    assert not emma.may_stay(TODAY + timedelta(days=8))
    assert "Renouveler" not in anne.labels


def test_a_forged_button_takes_back_nobody_elses_departure(anne: Talk) -> None:
    anne.hear(Picked("stays.somebody"), 3)
    assert "pas, ou plus, administrateur" in anne.shown
