"""From « je n'ai pas trouvé » to a filed ticket, with the mistakes people make on the way."""

import pytest
from support.talking import A_CODE, A_NIR, A_SIRET, Talk

from bot.conversation.context import Rules
from bot.conversation.events import Picked
from bot.domain.people import Assurance, Employer, Profile
from knowledge import KnowledgeBase


def start(talk: Talk, path: str) -> str:
    """Go to the form of a sous-motif by its link."""
    sous_motif = talk.knowledge.catalogue.sous_motif(path)
    assert sous_motif is not None
    talk.say(f"/start m_{sous_motif.id}")
    shown = talk.press("Continuer")
    return talk.press("Continuer ma demande") if "Continuer ma demande" in talk.labels else shown


def fill_employer(talk: Talk) -> str:
    return talk.say(A_SIRET, "Mairie d'Exemple")


MUTATION = "immatriculation-affiliation/affiliation/mutation"
TRANSFER = "cotisations/versement/transfert-inter-fonds"


def test_a_whole_request_about_one_agent(talk: Talk) -> None:
    start(talk, MUTATION)
    fill_employer(talk)
    talk.press("Passer")
    shown = talk.say(A_NIR)
    assert talk.was_erased
    assert "NIR bien formé : 2 85 06 •• ••• ••• ••" in shown
    talk.say("Durand", "Anne-Marie", "01/09/2026")
    talk.say("Mon agente arrive par mutation et n'apparaît pas dans PEP's.")
    shown = talk.press("Passer")
    assert "avant l'envoi" in shown
    assert A_NIR[:13] not in shown
    shown = talk.press("Envoyer")
    assert "PEPS-2026-000001" in shown
    request = talk.filed[0]
    assert request.path == MUTATION
    assert request.fund == "CNRACL"
    assert request.agents[0].answer("nir").value == A_NIR
    assert request.employer == Employer(A_SIRET, "Mairie d'Exemple")


def test_the_employer_is_asked_once(talk: Talk) -> None:
    talk.profile = Profile(employers=(Employer(A_SIRET, "Mairie d'Exemple"),), email="")
    shown = start(talk, "cotisations/calcul/taux-cnracl")
    assert "Question 1 sur 2" in shown
    assert "année" in shown


def test_a_question_that_names_a_choice_does_not_choose_it(talk: Talk) -> None:
    start(talk, "declarations/anomalies/anomalie-agent")
    shown = talk.say("quand faut-il affilier un agent à la cnracl ?")
    assert "c'est noté" not in shown
    assert "Quel fonds est concerné ?" in shown
    assert "CNRACL, c'est noté" in talk.say("cnracl ?")


def test_a_plain_yes_attests(talk: Talk) -> None:
    start(talk, TRANSFER)
    talk.say("cnracl")
    fill_employer(talk)
    shown = talk.say("4455", "1234", "88W0000000000000AB")
    assert "Attestez-vous" in shown
    assert "Décrivez" in talk.say("oui")


def test_an_answer_kept_after_going_back_leads_to_the_next_question(talk: Talk) -> None:
    start(talk, TRANSFER)
    talk.say("cnracl")
    fill_employer(talk)
    talk.say("4455")
    talk.say("/retour")
    shown = talk.say("/retour")
    assert "nom de votre employeur" in shown
    shown = talk.press("Garder : Mairie d'Exemple")
    assert "numéro de contrat" in shown
    assert "montant" in talk.press("Garder : 4455")


def test_a_plain_yes_goes_on_but_a_reserve_does_not(talk: Talk) -> None:
    sous_motif = talk.knowledge.catalogue.sous_motif(MUTATION)
    talk.say(f"/start m_{sous_motif.id}")
    assert "Continuer" in talk.labels
    talk.say("oui mais c'est pas le bon fonds")
    assert "Changer le sous-motif" in talk.labels
    talk.say("ok")
    shown = talk.say("oui vas y")
    assert "SIRET" in shown


def test_not_knowing_why_the_nir_is_missing_is_a_reason(talk: Talk) -> None:
    start(talk, MUTATION)
    fill_employer(talk)
    talk.press("Passer")
    assert "Pourquoi" in talk.say("je ne l'ai pas")
    assert "date de naissance" in talk.say("je ne sais pas")


def test_a_question_back_is_no_contract_number(talk: Talk) -> None:
    start(talk, MUTATION)
    fill_employer(talk)
    shown = talk.say("c koi le contrat")
    assert "c koi" not in shown
    assert "numéro de contrat" in shown


def test_a_transfer_asks_the_recipient_and_its_attestation(talk: Talk) -> None:
    shown = start(talk, TRANSFER)
    assert "Quel fonds aurait dû recevoir la somme ?" in shown
    assert "RAFP" in talk.labels
    talk.say("cnrcal")
    fill_employer(talk)
    assert "Passer" not in talk.labels, "the contract number is compulsory for a transfer"
    talk.say("12345", "1 234,56", "88W0000000000000AB")
    shown = talk.press("Oui, je l'atteste")
    talk.say("Cotisation de mars versée à l'Ircantec.")
    talk.press("Passer")
    talk.press("Envoyer")
    request = talk.filed[0]
    assert request.fund == "CNRACL"
    assert [(a.key, a.value) for a in request.answers] == [
        ("contrat", "12345"),
        ("montant", "1 234,56 €"),
        ("ref_vir", "88W0000000000000AB"),
        ("attestation", "attested"),
    ]


def test_a_question_in_the_middle_is_answered_and_the_form_goes_on(talk: Talk) -> None:
    start(talk, MUTATION)
    shown = talk.say("c'est quoi déjà le siret")
    assert "14 chiffres" in shown
    assert "Question 1 sur" in shown
    assert talk.state == "Filling"


def test_a_wrong_key_is_refused_without_repeating_the_number(talk: Talk) -> None:
    start(talk, MUTATION)
    fill_employer(talk)
    talk.press("Passer")
    shown = talk.say(A_NIR[:13] + "01")
    assert "clé" in shown
    assert talk.was_erased
    assert A_NIR[:13] not in shown


def test_thirteen_characters_are_taken_and_the_key_asked_once(talk: Talk) -> None:
    start(talk, MUTATION)
    fill_employer(talk)
    talk.press("Passer")
    shown = talk.say(A_NIR[:13])
    assert "Quelle est la clé du NIR ?" in shown
    talk.press("Passer")
    talk.say("Durand", "Anne", "01/09/2026", "Elle arrive par mutation.")
    talk.press("Passer")
    talk.press("Envoyer")
    answer = talk.filed[0].agents[0].answer("nir")
    assert (answer.value, answer.note) == (A_NIR[:13], "nir.key_unchecked")


def test_without_a_nir_the_birth_date_and_the_reason_are_asked(talk: Talk) -> None:
    start(talk, MUTATION)
    fill_employer(talk)
    talk.press("Passer")
    shown = talk.press("Je n'ai pas le NIR")
    assert "Pourquoi" in shown
    shown = talk.press("Numéro en cours d'attribution")
    assert "date de naissance" in shown
    talk.say("03/06/1985", "Durand", "Anne", "01/09/2026", "Elle arrive par mutation.")
    talk.press("Passer")
    talk.press("Envoyer")
    agent = talk.filed[0].agents[0]
    assert agent.answer("nir_absence").value == "pending"
    assert agent.answer("ddn").value == "03/06/1985"


def test_a_birth_date_that_contradicts_the_nir_wants_a_confirmation(talk: Talk) -> None:
    start(talk, "declarations/anomalies/anomalie-agent")
    talk.press("CNRACL")
    fill_employer(talk)
    shown = talk.say(A_NIR, "Durand", "Anne", "03/07/1985")
    assert "ne s'accordent pas" in shown
    shown = talk.press("Oui, c'est exact")
    assert "Décrivez votre demande" in shown


def test_answers_pasted_one_a_line_are_taken_in_order(talk: Talk) -> None:
    start(talk, "periodes/validation/nouvelle-validation")
    fill_employer(talk)
    shown = talk.say(f"{A_NIR}\nDurand\nAnne")
    assert talk.was_erased
    assert "Décrivez votre demande" in shown


def test_the_first_unreadable_line_is_asked_again_and_the_rest_kept(talk: Talk) -> None:
    start(talk, "periodes/validation/nouvelle-validation")
    fill_employer(talk)
    shown = talk.say(f"{A_NIR}\nDurand 3\nAnne")
    assert "pas de chiffres" in shown
    assert "nom de naissance" in shown


def test_several_agents_one_removed(talk: Talk) -> None:
    start(talk, "periodes/validation/nouvelle-validation")
    fill_employer(talk)
    talk.say(A_NIR, "Durand", "Anne", "Elles veulent encore valider.")
    talk.press("Passer")
    talk.press("Ajouter un agent")
    shown = talk.press("Je n'ai pas le NIR")
    assert "Agent 2" in shown
    talk.press("Autre raison")
    talk.say("01/02/1980", "Martin", "Léa")
    assert "Agent 2, Nom de naissance : Martin" in talk.shown
    talk.press("Modifier une ligne")
    talk.press("Retirer l'agent 1")
    talk.press("Envoyer")
    assert [a.answer("nom").value for a in talk.filed[0].agents] == ["Martin"]


def test_a_nir_in_the_description_is_taken_out_and_the_rest_kept(talk: Talk) -> None:
    start(talk, "cotisations/calcul/taux-cnracl")
    fill_employer(talk)
    talk.say("2026")
    shown = talk.say(f"Pour mon agente {A_NIR} le taux me semble faux.")
    assert talk.was_erased
    assert "Garder ce texte" in talk.labels
    assert A_NIR[:13] not in shown
    talk.press("Garder ce texte")
    talk.press("Passer")
    talk.press("Envoyer")
    assert A_NIR[:13] not in talk.filed[0].description


def test_back_keeps_the_earlier_answer(talk: Talk) -> None:
    start(talk, "cotisations/calcul/taux-cnracl")
    fill_employer(talk)
    talk.say("2026")
    shown = talk.say("/retour")
    assert "année" in shown
    shown = talk.press("Garder : 2026")
    assert "Décrivez" in shown


def test_cancelling_is_asked_once_and_can_be_taken_back(talk: Talk) -> None:
    start(talk, MUTATION)
    talk.say(A_SIRET)
    talk.say("/annuler")
    assert talk.state == "Leaving"
    shown = talk.press("Reprendre ma demande")
    assert "nom de votre employeur" in shown
    talk.say("/annuler")
    talk.press("Abandonner")
    assert talk.session.state.draft is None


def test_an_open_draft_is_offered_again(talk: Talk) -> None:
    start(talk, MUTATION)
    talk.say(A_SIRET)
    talk.say("/themes")
    assert "Reprendre ma demande" in talk.labels
    shown = talk.say("/start")
    assert "Mutation d'un agent" in shown
    shown = talk.press("Reprendre ma demande")
    assert "nom de votre employeur" in shown


def test_outside_the_funds_no_form_is_offered(talk: Talk) -> None:
    sous_motif = talk.knowledge.catalogue.sous_motif("reversion/deces-actif/capital-deces")
    talk.say(f"/start m_{sous_motif.id}")
    shown = talk.press("Continuer")
    assert "ne relève pas" in shown
    assert "Continuer ma demande" not in talk.labels


def test_a_second_tap_on_send_gives_the_same_reference(talk: Talk) -> None:
    from bot.conversation.events import Picked

    start(talk, "cotisations/calcul/taux-cnracl")
    fill_employer(talk)
    talk.say("2026", "Nous cherchons le taux de 2026 pour nous.")
    talk.press("Passer")
    turn = talk.session.turn
    talk.press("Envoyer")
    talk.hear(Picked("send"), turn)
    assert "PEPS-2026-000001" in talk.shown
    assert len(talk.filed) == 1


def test_a_locked_account_sees_the_other_administrator_first(talk: Talk) -> None:
    sous_motif = talk.knowledge.catalogue.sous_motif("acces-peps/connexion/compte-bloque")
    talk.say(f"/start m_{sous_motif.id}")
    shown = talk.press("Continuer")
    assert "autre administrateur" in shown


@pytest.mark.parametrize("payload", ["x" * 64, "m_zzzz", "a_zzzz", "m_"])
def test_an_unknown_link_leads_to_the_whole_choice(talk: Talk, payload: str) -> None:
    shown = talk.say(f"/start {payload}")
    assert "n'est plus valable" in shown
    assert talk.state == "ChoosingTheme"


def test_nir_in_chat_can_be_forbidden(knowledge: KnowledgeBase) -> None:
    talk = Talk(knowledge, rules=Rules(nir_in_chat=False))
    start(talk, MUTATION)
    fill_employer(talk)
    shown = talk.press("Passer")
    assert "NIR" not in shown
    shown = talk.say(A_NIR)
    assert talk.was_erased
    assert "effacé" in shown


@pytest.mark.parametrize("nir_in_chat", [True, False])
def test_the_receipt_says_how_a_nir_will_be_asked_for(
    knowledge: KnowledgeBase, nir_in_chat: bool
) -> None:
    talk = Talk(knowledge, rules=Rules(nir_in_chat=nir_in_chat))
    start(talk, MUTATION)
    while talk.state in ("Filling", "Describing"):
        talk.answer_well()
    shown = talk.press("Envoyer")
    assert ("par quelle autre voie le donner" in shown) is not nir_in_chat


def test_every_sous_motif_can_be_filed(knowledge: KnowledgeBase) -> None:
    """All 131 forms are gone through with a good answer to every question."""
    for sous_motif in knowledge.catalogue.sous_motifs:
        if sous_motif.is_outside:
            continue
        talk = Talk(knowledge)
        start(talk, sous_motif.path)
        while talk.state in ("Filling", "Describing"):
            talk.answer_well()
        assert talk.state == "Reviewing", sous_motif.path
        talk.press("Envoyer")
        asked = {field.key for field in sous_motif.fields}
        request = talk.filed[0]
        given = {a.key for a in request.answers} | {
            a.key for agent in request.agents for a in agent.answers
        }
        assert given == asked - {"siret", "fonds_dest"}, sous_motif.path


def test_an_address_can_be_confirmed_before_sending_and_the_request_says_so(talk: Talk) -> None:
    talk.rules = Rules(can_mail=True)
    start(talk, TRANSFER)
    while talk.state != "Reviewing":
        talk.answer_well()
    assert "code" in talk.press("Confirmer mon adresse")
    assert "6 chiffres" in talk.say("je ne sais pas")
    assert "Ce n'est pas le bon code" in talk.say("482 914")
    assert talk.say(f"mon code est {A_CODE}").startswith("Adresse confirmée")
    assert "Confirmer mon adresse" not in talk.labels
    talk.press("Envoyer")
    assert talk.profile.assurance_at(A_SIRET, talk.filed[0].email) is Assurance.EMAIL_CONFIRMED


def test_politeness_is_no_name_of_an_employer(talk: Talk) -> None:
    start(talk, MUTATION)
    talk.say(A_SIRET)
    shown = talk.say("merci beaucoup")
    assert "Il me manque encore" in shown
    assert "nom de votre employeur" in shown


def test_a_correction_announced_in_the_form_is_told_where(talk: Talk) -> None:
    start(talk, MUTATION)
    talk.say(A_SIRET)
    assert "« Modifier une ligne »" in talk.say("corriger le siret")


def test_a_nir_beside_a_name_and_a_birth_date_is_read(talk: Talk) -> None:
    start(talk, MUTATION)
    fill_employer(talk)
    talk.press("Passer")
    shown = talk.say(f"Durand Anne-Marie née le 03/06/85 nir {A_NIR}")
    assert "NIR bien formé" in shown
    assert talk.was_erased


def test_what_is_no_key_is_told_what_a_key_is(talk: Talk) -> None:
    start(talk, MUTATION)
    fill_employer(talk)
    talk.press("Passer")
    talk.say(A_NIR[:13])
    shown = talk.say("Durand Marie")
    assert "deux chiffres" in shown
    assert "bonne longueur" not in shown
    assert "bonne longueur" in talk.say("99")
    assert "nom de naissance" in talk.say(A_NIR)


def test_no_to_an_oath_says_what_it_means(talk: Talk) -> None:
    start(talk, TRANSFER)
    while "Attestez-vous" not in talk.shown:
        talk.answer_well()
    shown = talk.say("non")
    assert "Sans votre accord" in shown
    assert "sous la main" not in shown


def test_what_is_that_is_about_the_question_asked(talk: Talk) -> None:
    start(talk, MUTATION)
    assert "numéro à 14 chiffres de votre établissement" in talk.say("c koi")
    talk.say("12345")
    assert "numéro à 14 chiffres de votre établissement" in talk.say("c'est quoi ça ?")


def test_a_line_is_corrected_by_its_name_at_the_recap(talk: Talk) -> None:
    start(talk, TRANSFER)
    while talk.state != "Reviewing":
        talk.answer_well() if "Passer" not in talk.labels else talk.press("Passer")
    assert "montant en cause" in talk.say("je me suis trompé de montant")
    assert "99,00 €" in talk.say("99")
    assert "Quelle ligne voulez-vous modifier ?" in talk.say("ligne 4")


@pytest.mark.parametrize("connected", [True, False])
def test_the_receipt_says_whether_somebody_reads_it(knowledge: KnowledgeBase, connected) -> None:
    talk = Talk(knowledge, rules=Rules(is_connected=connected))
    start(talk, TRANSFER)
    while talk.state != "Reviewing":
        talk.answer_well() if "Passer" not in talk.labels else talk.press("Passer")
    shown = talk.press("Envoyer")
    assert ("dans ce guichet seulement" in shown) is not connected
    assert ("leur réponse arrivera" in shown) is connected


def test_a_screen_shown_again_leaves_the_buttons_above_it_good(talk: Talk) -> None:
    start(talk, "declarations/anomalies/anomalie-agent")
    above = talk.session.turn
    talk.say("mairie")
    talk.hear(Picked("option.0"), above)
    assert "c'est noté" in talk.shown


def test_a_second_tap_on_what_moved_on_is_stale(talk: Talk) -> None:
    start(talk, "declarations/anomalies/anomalie-agent")
    above = talk.session.turn
    talk.hear(Picked("option.0"), above)
    talk.hear(Picked("option.0"), above)
    assert "n'est plus valable" in talk.shown


def test_a_second_thought_in_the_form_is_told_where_it_is_corrected(talk: Talk) -> None:
    start(talk, TRANSFER)
    talk.say("cnracl")
    shown = talk.say("en fait c'est l'ircantec")
    assert "« Revenir »" in shown
    assert "14 en tout" not in shown


def test_another_motif_may_be_wanted_after_a_no(talk: Talk) -> None:
    start(talk, TRANSFER)
    talk.say("cnracl", "non je veux changer de motif")
    assert talk.state == "ChoosingSousMotif"


def test_no_thanks_passes_an_optional_question(talk: Talk) -> None:
    start(talk, MUTATION)
    fill_employer(talk)
    assert "« Passer »" in talk.say("ok")
    assert "NIR" in talk.say("non merci")


def test_a_nir_in_one_line_with_names_and_birth_fills_four_fields(talk: Talk) -> None:
    start(talk, "liquidation/demande/ouvrir-demande")
    talk.say("cnracl")
    fill_employer(talk)
    shown = talk.say(f"DURAND Anne née le 03/06/85, nir {A_NIR}, vue hier")
    assert talk.was_erased
    agent = talk.session.state.draft.agents[0]
    given = {answer.key: answer.value for answer in agent.answers}
    assert given == {"nir": A_NIR, "nom": "DURAND", "prenom": "Anne", "ddn": "03/06/1985"}
    assert "date de départ" in shown


def test_a_name_that_cannot_be_told_is_asked_with_buttons(talk: Talk) -> None:
    start(talk, "periodes/validation/nouvelle-validation")
    fill_employer(talk)
    shown = talk.say(f"{A_NIR} Martin Paul")
    assert "Laquelle est la bonne ?" in shown
    shown = talk.press("nom Martin, prénom Paul")
    assert "Prénom : Paul, c'est noté." in shown
    assert "Décrivez" in shown


def test_a_reading_may_be_typed_as_it_stands_on_its_button(talk: Talk) -> None:
    start(talk, "cotisations/calcul/taux-cnracl")
    fill_employer(talk)
    assert "2024" in talk.labels or "Laquelle" in talk.say("2024 ou 2025")
    assert "2025, c'est noté" in talk.say("2025")


def test_a_reading_of_a_screen_before_is_stale(talk: Talk) -> None:
    start(talk, "cotisations/calcul/taux-cnracl")
    fill_employer(talk)
    talk.say("2024 ou 2025")
    above = talk.session.turn
    talk.press("2024")
    talk.hear(Picked("reading.1"), above)
    assert "n'est plus valable" in talk.shown


@pytest.mark.parametrize("words", ["pas l'ircantec", "tout sauf cnracl", "ni cnracl ni rafp"])
def test_a_denied_fund_is_not_chosen(talk: Talk, words: str) -> None:
    start(talk, "declarations/anomalies/anomalie-agent")
    assert "Vous dites ce que ce n'est pas." in talk.say(words)
    assert "Quel fonds est concerné ?" in talk.shown


def test_what_is_left_aside_is_said(talk: Talk) -> None:
    start(talk, "declarations/anomalies/anomalie-agent")
    talk.say("cnracl")
    fill_employer(talk)
    talk.press("Je n'ai pas le NIR")
    talk.press("Autre raison")
    shown = talk.say("DUPONT épouse MARTIN")
    assert "Je n'ai pas gardé « épouse MARTIN »" in shown


@pytest.mark.parametrize("words", ["idem", "voir PJ", "non renseigné", "-", "???"])
def test_the_words_of_an_empty_box_are_no_employer(talk: Talk, words: str) -> None:
    start(talk, MUTATION)
    talk.say(A_SIRET)
    assert "Cette réponse est nécessaire" in talk.say(words)


def test_a_transfer_says_amount_and_reference_in_one_line(talk: Talk) -> None:
    start(talk, TRANSFER)
    talk.say("cnracl")
    fill_employer(talk)
    shown = talk.say("4455", "12€50 pour la ref 88W2026 0412")
    assert "12,50 €, c'est noté." in shown
    assert "Référence du virement : 88W20260412" in shown
    assert "Attestez-vous" in shown


def test_not_to_send_does_not_send(talk: Talk) -> None:
    start(talk, MUTATION)
    while talk.state != "Reviewing":
        talk.answer_well()
    talk.say("surtout ne pas envoyer")
    assert not talk.filed
