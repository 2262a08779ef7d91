"""What tired people type instead of pressing a button, and what they are told."""

import pytest
from support.talking import A_NIR, Talk

from bot.conversation.context import Rules

BLOCKED = "mon compte est bloqué"
PROBLEM = "declarations/anomalies/anomalie-agent"


def go(talk: Talk, path: str) -> str:
    sous_motif = talk.knowledge.catalogue.sous_motif(path)
    assert sous_motif is not None
    return talk.say(f"/start m_{sous_motif.id}")


def test_a_yes_below_an_article_is_a_vote(talk: Talk) -> None:
    talk.say(BLOCKED, "le 1")
    assert "Merci" in talk.say("oui merci")
    assert talk.state == "Idle"


def test_a_no_below_an_article_and_once_more_leads_to_the_desk(talk: Talk) -> None:
    talk.say(BLOCKED, "1", "non")
    assert "Nous contacter" in talk.labels
    talk.say("toujours pas")
    assert talk.state == "ChoosingSuggestion"


def test_a_question_below_an_article_is_still_a_question(talk: Talk) -> None:
    talk.say(BLOCKED, "1", "ok et le taux cnracl 2026")
    assert talk.state == "Browsing"


def test_nothing_found_in_other_words(talk: Talk) -> None:
    talk.say(BLOCKED, "c'est pas ça")
    assert talk.state == "ChoosingSuggestion"
    talk.say("aucun")
    assert talk.state == "ChoosingTheme"


def test_a_yes_to_several_results_asks_which(talk: Talk) -> None:
    shown = talk.say(BLOCKED, "oui")
    assert "choisissez « Lire »" in shown
    assert "source :" not in shown
    assert talk.state == "Browsing"


def test_who_does_not_know_what_to_ask_is_shown_the_themes(talk: Talk) -> None:
    talk.say("/contact", "je sais pas trop")
    assert "Accès et comptes PEP's" in talk.labels


def test_who_asks_for_a_person_is_asked_what_about(talk: Talk) -> None:
    assert "je vous ouvre le formulaire" in talk.say("je voudrais parler à quelqu'un")
    assert talk.state == "Asking"


def test_who_asks_for_a_person_below_results_is_led_to_the_form(talk: Talk) -> None:
    talk.say(BLOCKED, "je veux parler à quelqu'un")
    assert talk.state == "ChoosingSuggestion"


def test_who_asks_for_a_person_below_an_article_keeps_its_context(talk: Talk) -> None:
    talk.say(BLOCKED, "1", "contact")
    assert talk.state == "ConfirmingSousMotif"


def test_a_question_before_the_form_is_answered(talk: Talk) -> None:
    go(talk, PROBLEM)
    shown = talk.say("comment renouveler un compte PEP's ?")
    assert "18 mois" in shown
    assert "Lire l'article" in talk.labels
    assert talk.state == "ConfirmingSousMotif"
    talk.press("Continuer")
    shown = talk.say("comment renouveler un compte PEP's ?")
    assert "18 mois" in shown
    assert "source :" not in shown, "the articles stand above already"
    assert talk.state == "ReadingFirst"


def test_another_sous_motif_is_named_before_the_form(talk: Talk) -> None:
    go(talk, PROBLEM)
    assert "Sous-motif : Transfert inter-fonds" in talk.say("transfert inter-fonds")


def test_the_last_help_can_be_gone_back_from(talk: Talk) -> None:
    go(talk, PROBLEM)
    talk.press("Continuer")
    talk.press("Revenir")
    assert talk.state == "ConfirmingSousMotif"


def test_answers_seen_in_the_results_are_not_told_twice(talk: Talk) -> None:
    talk.say("j'ai viré la cotisation au mauvais fonds", "pas trouvé")
    shown = talk.press("Transfert inter-fonds")
    assert "1. Virement au mauvais fonds" in shown
    assert "Un gestionnaire fait passer la somme" not in shown


def test_the_last_help_answers_once_and_names_the_rest(talk: Talk) -> None:
    go(talk, PROBLEM)
    shown = talk.press("Continuer")
    assert shown.count("source :") == 1
    assert "Lire 3" in talk.labels


def test_the_sous_motif_can_be_changed_from_within_the_form(talk: Talk) -> None:
    go(talk, PROBLEM)
    talk.say("ok", "continuer", "cnracl")
    assert "sous-motif ?" in talk.say("je veux changer de motif")
    talk.press("Changement d'identité ou de contrat à déclarer")
    if talk.state == "ReadingFirst":
        talk.press("Continuer ma demande")
    assert talk.state == "Filling"


def test_who_does_not_know_the_fund_is_told_how_to_know_it(talk: Talk) -> None:
    go(talk, PROBLEM)
    assert "Ircantec pour les contractuels" in talk.say("ok", "continuer", "je sais pas lequel")


def test_words_for_a_nir_are_not_told_to_be_a_wrong_number(talk: Talk) -> None:
    go(talk, PROBLEM)
    talk.say("ok", "continuer", "cnracl", "21750001600019", "Mairie d'Exemple")
    assert "Je n'ai pas vu de numéro" in talk.say("attendez je cherche")


def test_a_nir_among_words_is_taken(talk: Talk) -> None:
    go(talk, PROBLEM)
    talk.say("ok", "continuer", "cnracl", "21750001600019", "Mairie d'Exemple")
    shown = talk.say(f"nir {A_NIR} pour mme durand")
    assert talk.was_erased
    assert "NIR bien formé" in shown


def test_a_yes_to_giving_up_gives_up_and_a_no_goes_on(talk: Talk) -> None:
    go(talk, PROBLEM)
    talk.say("ok", "continuer", "cnracl", "laisse tomber")
    assert talk.state == "Leaving"
    assert "Nous reprenons" in talk.say("non")
    assert "abandonnée" in talk.say("/annuler", "oui")


def test_a_draft_put_aside_is_taken_up_in_a_word(talk: Talk) -> None:
    go(talk, PROBLEM)
    talk.say("ok", "continuer", "cnracl", "/profil")
    assert "Nous reprenons" in talk.say("je reprends")


def test_the_recap_is_not_repeated_and_sends_only_when_told(talk: Talk) -> None:
    go(talk, PROBLEM)
    talk.say("ok", "continuer", "cnracl")
    while talk.state != "Reviewing":
        talk.answer_well()
    shown = talk.say("oui")
    assert "pas encore envoyée" in shown
    assert "SIRET" not in shown
    assert talk.filed == []
    assert "PEPS-2026-000001" in talk.say("ok envoyez")
    assert "n'a été envoyée qu'une fois" in talk.say("envoyer")
    assert len(talk.filed) == 1
    assert "État" in talk.say("/demandes", "le 1")
    assert "Retirer la demande" in talk.say("retirer la demande")
    assert "État" in talk.say("non")
    assert "retirée" in talk.say("retirer la demande", "oui")


def test_a_wrong_question_is_told_once_what_is_awaited(talk: Talk) -> None:
    assert talk.say("🙂").count("une phrase") == 1


def test_where_no_nir_is_asked_nobody_is_promised_to_be_asked(talk: Talk) -> None:
    talk.rules = Rules(nir_in_chat=False)
    shown = talk.say(f"zzz {A_NIR}")
    assert talk.was_erased
    assert "N'en donnez aucun ici" in shown


def test_a_password_below_results_leaves_the_results(talk: Talk) -> None:
    shown = talk.say(BLOCKED, "mot de passe : azerty123")
    assert talk.was_erased
    assert "ne l'ai pas gardé" in shown
    assert "bloqué" in talk.say("lire 1")
    assert talk.state == "Reading"


def test_who_has_the_answer_is_thanked(talk: Talk) -> None:
    assert "Merci" in talk.say(BLOCKED, "j'ai ma réponse")
    go(talk, PROBLEM)
    assert "Merci" in talk.say("ok", "j'ai ma réponse")


def test_a_place_in_the_list_of_near_articles(talk: Talk) -> None:
    talk.say(BLOCKED, "1", "le 2")
    assert talk.state == "Browsing", "« le 2 » is no button of an article"
    talk.say(BLOCKED, "1", "non", "le deuxième")
    assert talk.state == "Reading"


def test_no_nir_in_other_words(talk: Talk) -> None:
    go(talk, PROBLEM)
    talk.say("ok", "continuer", "cnracl", "21750001600019", "Mairie d'Exemple")
    assert "Pourquoi n'avez-vous pas le NIR" in talk.say("pas de nir")


def test_a_question_about_a_new_employer_is_answered(talk: Talk) -> None:
    talk.say("/profil")
    talk.press("Ajouter un employeur")
    assert "numéro à 14 chiffres de votre établissement" in talk.say("c'est quoi un siret")


def test_something_silly_below_results_leaves_them_there(talk: Talk) -> None:
    talk.say("mon agente arrive par mutation et n'apparaît pas dans PEP's")
    shown = talk.say("lol")
    assert "Je ne sais parler que de PEP's" in shown
    talk.press("Je n'ai pas trouvé")
    assert "Mutation d'un agent" in talk.labels


def test_a_hurried_yes_below_an_article_is_a_vote(talk: Talk) -> None:
    talk.say(BLOCKED, "le 1")
    assert "Merci" in talk.say("oui c bon merci")


def test_who_asks_where_their_request_is_sees_their_own(talk: Talk) -> None:
    for words in ("suivi de ma demande", "où en est ma demande ?", "demandes", "suivi"):
        assert "Vous n'avez pas encore envoyé de demande" in talk.say(words), words


def test_the_follow_up_of_a_file_is_a_question(talk: Talk) -> None:
    talk.say("où en est le dossier de retraite de mon agent")
    assert talk.state != "BrowsingTickets"


def test_kind_words_below_an_article_are_a_vote(talk: Talk) -> None:
    talk.say(BLOCKED, "le 1")
    assert "Merci" in talk.say("oui merci beaucoup vous êtes bien aimable")


def test_a_person_without_any_clue_is_shown_the_themes_at_once(talk: Talk) -> None:
    talk.say("blabla truc machin", "je veux parler à un humain")
    assert talk.state == "ChoosingTheme"
    assert "Accès et comptes PEP's" in talk.labels


def test_none_of_the_choices_asks_for_the_nearest(talk: Talk) -> None:
    talk.say(BLOCKED, "non", "non")
    shown = talk.say("non")
    assert "ce qui s'en approche le plus" in shown
    assert "Accès et comptes PEP's" in talk.labels


def test_a_polite_word_among_choices_does_not_replace_the_question(talk: Talk) -> None:
    talk.say(BLOCKED, "pas trouvé", "ok")
    assert talk.session.state.draft.question == BLOCKED


def reopen(talk: Talk, label: str) -> None:
    """A whole transfer, and one line of its recap opened again."""
    go(talk, "cotisations/versement/transfert-inter-fonds")
    while talk.state != "Reviewing":
        if talk.state in ("Filling", "Describing"):
            talk.answer_well()
        else:
            talk.press(next(one for one in talk.labels if one.startswith("Continuer")))
    talk.press("Modifier une ligne")
    talk.press(label)


@pytest.mark.parametrize(
    "typed", ["garder", "Garder.", "je garde", "garder : ABC 123", "garder: abc123", "oui, garder"]
)
def test_keep_typed_presses_its_button_where_any_text_would_be_an_answer(
    talk: Talk, typed: str
) -> None:
    reopen(talk, "Numéro de contrat ou d'immatriculation")
    talk.say(typed)
    assert talk.state == "Reviewing"
    assert talk.session.state.draft.answer("contrat").value == "ABC 123"


@pytest.mark.parametrize(
    "label", ["Numéro de contrat ou d'immatriculation", "Employeur", "Montant en cause"]
)
def test_keep_with_an_answer_that_is_not_on_offer_says_so(talk: Talk, label: str) -> None:
    reopen(talk, label)
    before = talk.session.state.draft
    assert "sans « Garder »" in talk.say("garder : DURAND")
    assert talk.session.state.draft == before


def test_keep_where_nothing_is_kept_is_no_answer(talk: Talk) -> None:
    go(talk, "cotisations/versement/transfert-inter-fonds")
    talk.press("Continuer")
    talk.press("Continuer ma demande")
    while talk.session.state.key != "contrat":
        talk.answer_well()
    assert "sans « Garder »" in talk.say("garder")
    talk.say("4455")
    assert talk.session.state.draft.answer("contrat").value == "4455"


def test_keep_for_the_description_keeps_it(talk: Talk) -> None:
    reopen(talk, "Votre description")
    talk.say("garder")
    assert talk.state == "Reviewing"


def test_a_name_may_look_like_it(talk: Talk) -> None:
    go(talk, PROBLEM)
    while talk.state != "Filling" or talk.session.state.key != "nom":
        if talk.state == "Filling":
            talk.answer_well()
        else:
            talk.press(next(one for one in talk.labels if one.startswith("Continuer")))
    talk.say("Garde")
    assert talk.session.state.draft.answer("nom", 0).value == "Garde"


def test_thanks_below_results_are_thanks(talk: Talk) -> None:
    assert "Avec plaisir" in talk.say(BLOCKED, "ok merci")
