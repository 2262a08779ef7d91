"""Whoever cannot answer a question is never held on the same screen."""

from collections.abc import Callable

import pytest
from support.talking import A_NIR, GOOD_ANSWERS, Talk

from bot.conversation.fields import FIELD_READERS
from bot.conversation.questions import CONSENTS, MISSING
from bot.conversation.screens.form import asked_question
from bot.conversation.states import Describing, Filling, Idle, Reviewing
from bot.storage.conversations import session_from_json, session_to_json
from knowledge import KnowledgeBase

PASS = "Passer : le conseiller vous le demandera"
PHONE = "Téléphone et horaires"
LATER = "Continuer plus tard"
TRANSFER = "cotisations/versement/transfert-inter-fonds"

WRONG = {
    "email": "rh arobase mairie",
    "nir": "2 85 13 75 999",
    "nir_key": "quarante",
    "siret": "217 500",
    "transfer_reference": "virement du mois",
    "name": "4455",
    "employer_name": "Q",
    "text": "pas retrouvé ???",
    "long_text": "erreur " * 200,
    "description": "bug",
}
"""By field kind: an answer that nobody could take; other kinds get « bof »."""


def start(talk: Talk, path: str) -> None:
    sous_motif = talk.knowledge.catalogue.sous_motif(path)
    assert sous_motif is not None
    talk.say(f"/start m_{sous_motif.id}")
    talk.press("Continuer")
    if "Continuer ma demande" in talk.labels:
        talk.press("Continuer ma demande")


def answer(talk: Talk, *, nir: str = "") -> None:
    """Answer the question that is asked; without a NIR, as somebody who has none."""
    state = talk.session.state
    assert isinstance(state, Filling | Describing)
    if isinstance(state, Describing):
        talk.say("L'agent n'apparaît plus dans PEP's depuis lundi.")
        return
    kind = asked_question(state, talk._context()).field.kind
    if kind == "nir" and not nir:
        talk.press("Je n'ai pas le NIR")
    elif kind in GOOD_ANSWERS:
        talk.say(nir if kind == "nir" else GOOD_ANSWERS[kind])
    else:
        talk.press(talk.labels[0])


def ask_kind(knowledge: KnowledgeBase, kind: str) -> Talk:
    """A person at the first question of that kind, in the first form that has one."""
    for sous_motif in knowledge.catalogue.sous_motifs:
        talk = Talk(knowledge)
        start(talk, sous_motif.path)
        if not isinstance(talk.session.state, Filling | Describing):
            continue
        for _ in range(20):
            state = talk.session.state
            if isinstance(state, Reviewing):
                break
            if asked_question(state, talk._context()).field.kind == kind:
                return talk
            if kind == "confirmation" and getattr(state, "key", "") == "ddn":
                talk.say("04/07/1990")
            else:
                nir = {"nir_absence": "", "nir_key": A_NIR[:13]}.get(kind, A_NIR)
                answer(talk, nir=nir)
    raise LookupError(kind)


@pytest.mark.parametrize("kind", sorted(FIELD_READERS))
def test_no_question_holds_anybody(knowledge: KnowledgeBase, kind: str) -> None:
    talk = ask_kind(knowledge, kind)
    asked = talk.session.state
    wrong = WRONG.get(kind, "bof")
    first = talk.say(wrong)
    assert talk.session.state == asked, first
    assert not {PASS, PHONE, LATER} & set(talk.labels)
    second = talk.say(wrong)
    assert second != first
    assert "Écrivez par exemple : « " in second
    assert "« »" not in second
    third = talk.say(wrong)
    assert third not in (first, second)
    assert {PHONE, LATER} <= set(talk.labels)
    assert (PASS in talk.labels) == (kind not in CONSENTS)
    assert session_from_json(session_to_json(talk.session)) == talk.session


def test_what_was_passed_is_missing_on_the_ticket_and_said(talk: Talk) -> None:
    start(talk, TRANSFER)
    talk.say("bof", "bof", "bof")
    assert "le conseiller vous le demandera" in talk.press(PASS)
    talk.say("217 500", "217 500", "217 500")
    assert "SIRET" not in talk.press(PASS).split("\n")[0]
    talk.say("Mairie d'Exemple")
    while not isinstance(talk.session.state, Reviewing):
        state = talk.session.state
        assert isinstance(state, Filling | Describing)
        if isinstance(state, Filling) and state.key == "ref_vir":
            talk.say("aucune idée", "virement du mois", "je ne la trouve pas")
            talk.say("passer")
        else:
            answer(talk)
    shown = talk.shown
    assert "Référence du virement : manquant, le conseiller le demandera" in shown
    talk.press("Envoyer")
    request = talk.filed[0]
    missing = {one.key for one in request.answers if one.note == MISSING}
    assert {"siret", "ref_vir"} <= missing
    assert request.fund is None
    assert request.employer.named == "Mairie d'Exemple (SIRET manquant)"
    assert talk.profile.employers == ()


def test_an_agent_is_known_by_nir_or_by_name_and_birth(talk: Talk) -> None:
    """Without the NIR, name and birth date are needed (motifs.md, common rule 9)."""
    start(talk, "carriere/cir/periode-manquante")
    while getattr(talk.session.state, "key", "") != "nir":
        answer(talk)
    talk.say(A_NIR, "4455", "4455", "4455")
    assert PASS in talk.labels
    talk.press("Revenir")
    talk.press("Je n'ai pas le NIR")
    while getattr(talk.session.state, "key", "") != "nom":
        answer(talk)
    talk.say("4455", "4455", "4455")
    assert PASS not in talk.labels
    assert LATER in talk.labels


def test_a_name_that_was_passed_is_asked_again_when_the_nir_goes(talk: Talk) -> None:
    """A NIR made the name dispensable; whoever takes it back names the agent."""
    start(talk, "carriere/cir/periode-manquante")
    while getattr(talk.session.state, "key", "") != "nom":
        answer(talk, nir=A_NIR)
    talk.say("4455", "4455", "4455")
    talk.press(PASS)
    while not isinstance(talk.session.state, Reviewing):
        answer(talk, nir=A_NIR)

    talk.press("Modifier une ligne")
    talk.press("NIR de l'agent")
    talk.press("Je n'ai pas le NIR")
    talk.press("Numéro inconnu de l'employeur")
    while getattr(talk.session.state, "key", "") == "ddn":
        answer(talk)

    assert "nom de naissance" in talk.shown
    assert PASS not in talk.labels


def test_who_leaves_finds_the_draft_again(talk: Talk) -> None:
    start(talk, TRANSFER)
    talk.say("bof", "bof", "bof")
    assert "gardée 24 heures" in talk.press(LATER)
    assert isinstance(talk.session.state, Idle)
    assert "fonds" in talk.press("Reprendre ma demande")
    assert PASS not in talk.labels


def test_a_good_answer_forgets_the_refusals(talk: Talk) -> None:
    start(talk, TRANSFER)
    talk.say("bof", "bof", "cnracl", "217 500")
    assert "par exemple" not in talk.shown
    assert PASS not in talk.labels


def test_an_answered_question_is_no_refusal(talk: Talk) -> None:
    start(talk, TRANSFER)
    for _ in range(3):
        talk.say("c'est quoi le fonds ?")
    assert PASS not in talk.labels


@pytest.mark.parametrize("words", ["je ne l'ai pas sous la main", "voir PJ", "aucune idée"])
def test_who_has_no_answer_may_leave_it_to_the_advisor_at_once(talk: Talk, words: str) -> None:
    start(talk, TRANSFER)
    talk.press(talk.labels[0])
    shown = talk.say(words)
    assert "il vous la demandera" in shown
    assert "ne pourrait pas être traitée" not in shown
    assert "le conseiller vous le demandera" in talk.press(PASS)


def test_another_number_at_the_question_for_a_key_is_named_as_such(
    knowledge: KnowledgeBase,
) -> None:
    talk = ask_kind(knowledge, "nir_key")
    # Nobody's number: 75004 is no commune's code.
    assert "n'est pas celui que vous avez donné avant" in talk.say("2 85 06 75 004 123 clé 62")
    assert talk.was_erased


def test_a_fund_is_no_contract_number(talk: Talk) -> None:
    start(talk, TRANSFER)
    while getattr(talk.session.state, "key", "") != "contrat":
        answer(talk)
    assert "pas vu de chiffres" in talk.say("cnracl")


def test_the_same_sous_motif_in_words_is_agreed_to_and_not_changed(talk: Talk) -> None:
    sous_motif = talk.knowledge.catalogue.sous_motif(TRANSFER)
    assert sous_motif is not None
    talk.say(f"/start m_{sous_motif.id}")
    assert "changé" not in talk.say(sous_motif.label)
    assert talk.state == "ReadingFirst"


def to_themes(talk: Talk) -> None:
    talk.say("j'ai viré la cotisation au mauvais fonds")
    talk.press("Je n'ai pas trouvé")
    talk.press("Tout choisir")


def to_confirmation(talk: Talk) -> None:
    talk.say("/start m_5zmc")


def to_help(talk: Talk) -> None:
    to_confirmation(talk)
    talk.press("Continuer")


def to_withdrawal(talk: Talk) -> None:
    start(talk, TRANSFER)
    while talk.state != "Reviewing":
        answer(talk)
    talk.press("Envoyer")
    talk.say("/retirer")


def to_leaving(talk: Talk) -> None:
    start(talk, TRANSFER)
    answer(talk)
    talk.say("/annuler")


@pytest.mark.parametrize("go", [to_themes, to_confirmation, to_help, to_withdrawal, to_leaving])
def test_no_choice_repeats_its_refusal(talk: Talk, go: Callable[[Talk], None]) -> None:
    """Neither of the catalogue nor of a confirmation."""
    go(talk)
    refusals = [talk.say(words) for words in ("zut alors", "zut alors", "zut alors")]

    assert len({shown.partition("\n")[0] for shown in refusals}) == 3
    assert {PHONE, LATER} <= set(talk.labels)
    talk.press(LATER)
    assert talk.state == "Idle"
