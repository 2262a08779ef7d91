"""What changes under way: the catalogue, the employer, the fund, and what the recap says."""

from dataclasses import replace

from support.talking import A_NIR, A_SIRET, Talk

from bot.conversation.states import ChoosingTheme
from bot.domain.people import Employer, Profile
from knowledge import Catalogue, KnowledgeBase

# La Poste's head office: a public number, whose keys hold.
ANOTHER_SIRET = "35600000000048"


class WithoutOneSousMotif:
    """A knowledge base from which a sous-motif was withdrawn."""

    def __init__(self, knowledge: KnowledgeBase, path: str) -> None:
        self._knowledge = knowledge
        self.catalogue: Catalogue = _without(knowledge.catalogue, path)

    def __getattr__(self, name: str) -> object:
        return getattr(self._knowledge, name)


def _without(catalogue: Catalogue, path: str) -> Catalogue:
    themes = []
    for theme in catalogue.themes:
        motifs = tuple(
            replace(motif, sous_motifs=tuple(s for s in motif.sous_motifs if s.path != path))
            for motif in theme.motifs
        )
        themes.append(replace(theme, motifs=motifs))
    return Catalogue(tuple(themes), catalogue.fields)


def link(talk: Talk, path: str) -> str:
    sous_motif = talk.knowledge.catalogue.sous_motif(path)
    assert sous_motif is not None
    return talk.say(f"/start m_{sous_motif.id}")


def to_the_form(talk: Talk, path: str) -> str:
    link(talk, path)
    talk.press("Continuer")
    return (
        talk.press("Continuer ma demande") if "Continuer ma demande" in talk.labels else talk.shown
    )


def test_a_sous_motif_withdrawn_meanwhile_is_chosen_again(talk: Talk) -> None:
    path = "cotisations/calcul/taux-cnracl"
    to_the_form(talk, path)
    talk.say(A_SIRET)
    talk.knowledge = WithoutOneSousMotif(talk.knowledge, path)  # type: ignore[assignment]
    shown = talk.say("Mairie d'Exemple")
    assert "n'existe plus" in shown
    assert isinstance(talk.session.state, ChoosingTheme)
    assert talk.session.state.draft.answer("siret").value == A_SIRET


def test_another_employer_is_one_tap_away_in_the_recap(talk: Talk) -> None:
    employers = (Employer(A_SIRET, "Mairie d'Exemple"), Employer(ANOTHER_SIRET, "CCAS d'Exemple"))
    talk.profile = Profile(employers=employers, email="")
    to_the_form(talk, "cotisations/calcul/taux-cnracl")
    talk.press("Mairie d'Exemple")
    shown = talk.say("2026", "Nous cherchons le taux de nos agents en 2026.")
    assert "Employeur : Mairie d'Exemple" in shown
    shown = talk.press("Plutôt pour : CCAS d'Exemple")
    assert "Employeur : CCAS d'Exemple" in shown
    talk.press("Envoyer")
    assert talk.filed[0].employer.siret == ANOTHER_SIRET
    assert talk.profile.employer == employers[1]


def test_the_recap_says_that_a_key_was_not_checked(talk: Talk) -> None:
    talk.profile = Profile(employers=(Employer(A_SIRET, "Mairie d'Exemple"),), email="")
    to_the_form(talk, "periodes/validation/nouvelle-validation")
    talk.say(A_NIR[:13])
    talk.press("Passer")
    shown = talk.say("Durand", "Anne", "Elle veut encore valider.")
    assert "2 85 06 •• ••• ••• (clé non vérifiée)" in shown


def test_the_recap_folds_the_key_away_and_says_that_no_address_was_given(talk: Talk) -> None:
    talk.profile = Profile(employers=(Employer(A_SIRET, "Mairie d'Exemple"),), email="")
    to_the_form(talk, "periodes/validation/nouvelle-validation")
    talk.say(A_NIR[:13], A_NIR[13:])
    shown = talk.say("Durand", "Anne", "Elle veut encore valider.")
    assert "2 85 06 •• ••• •••" in shown
    assert "Clé du NIR" not in shown
    assert "clé non vérifiée" not in shown
    assert "Adresse électronique : pas d'adresse donnée" in shown


def test_a_provisional_nir_is_taken_with_a_warning(talk: Talk) -> None:
    # Sex digit 7: a provisional number; commune 999 does not exist; its key is left out.
    talk.profile = Profile(employers=(Employer(A_SIRET, "Mairie d'Exemple"),), email="")
    to_the_form(talk, "periodes/validation/nouvelle-validation")
    assert "numéro provisoire" in talk.say("7850675999001")


def test_the_fund_that_an_article_chose_can_be_changed(talk: Talk) -> None:
    talk.say("ircantec comment s'inscrire pour la première fois, adhésion")
    article = talk.knowledge.articles["ircantec-adhesion"]
    talk.say(f"/start a_{article.code}")
    shown = talk.press("Nous contacter")
    assert "Fonds : Ircantec" in shown
    shown = talk.press("Changer le fonds")
    assert "Fonds : Ircantec" not in shown
    talk.press("Continuer")
    if "Continuer ma demande" in talk.labels:
        talk.press("Continuer ma demande")
    assert "Quel fonds est concerné ?" in talk.shown
    assert "CNRACL" in talk.labels


def test_an_evasion_is_understood(talk: Talk) -> None:
    talk.profile = Profile(employers=(Employer(A_SIRET, "Mairie d'Exemple"),), email="")
    to_the_form(talk, "immatriculation-affiliation/affiliation/mutation")
    assert "NIR" in talk.say("jai pas le numero"), "the optional contract number is left out"
    assert "Pourquoi" in talk.say("je l'ai pas")
    shown = talk.say(A_NIR)
    assert talk.was_erased, "a NIR found after all is taken"
    assert "bien formé" in shown
    assert "pas possible ici" in talk.say("passer")
    shown = talk.say("je sais pas")
    assert "nécessaire" in shown
    assert "nom de naissance" in shown
    assert "le conseiller vous le demandera" in talk.say("passer"), "it was offered"


def test_words_without_a_slash_are_commands(talk: Talk) -> None:
    to_the_form(talk, "cotisations/calcul/taux-cnracl")
    talk.say(A_SIRET)
    talk.say("annuler")
    assert talk.state == "Leaving"


def test_a_siret_among_other_words_is_found(talk: Talk) -> None:
    to_the_form(talk, "cotisations/calcul/taux-cnracl")
    assert "nom de votre employeur" in talk.say(f"siret {A_SIRET} mairie")


def test_a_no_to_an_optional_question_leaves_it_out(talk: Talk) -> None:
    """« Non » is also a button elsewhere: here it is an answer."""
    to_the_form(talk, "cotisations/calcul/taux-cnracl")
    talk.say(A_SIRET, "Mairie d'Exemple", "2026", "Nous cherchons le taux de nos agents.")
    assert "avant l'envoi" in talk.say("non")
