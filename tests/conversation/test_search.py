"""Asking and reading."""

from datetime import date

import pytest
from support.library import article
from support.talking import Talk

from bot.conversation.effects import Vote
from bot.conversation.events import Picked
from bot.conversation.screens.layout import origin_line
from bot.conversation.screens.search import article_text
from bot.conversation.texts import fill
from knowledge import Source


def test_any_text_is_a_question_and_the_answer_comes_first(talk: Talk) -> None:
    shown = talk.say("mot de passe oublié")
    assert "1. " in shown
    assert "Aide PEP's" in shown
    assert "source : " in shown
    assert "Lire 1" in talk.labels
    assert "Je n'ai pas trouvé" in talk.labels


def test_the_way_peps_is_written_does_not_matter(talk: Talk) -> None:
    ways = ["renouveler un compte PEP's", "renouveler un compte PEP’s", "RENOUVELER UN COMPTE PEPS"]
    titles = []
    for way in ways:
        talk.say(way)
        titles.append([o.code for o in talk.session.offers if o.label.startswith("Lire")])
    assert titles[0] == titles[1] == titles[2]


def test_a_read_article_asks_whether_it_helped_and_counts_the_vote(talk: Talk) -> None:
    talk.say("mot de passe oublié")
    shown = talk.press("Lire 1")
    assert "Cela répond-il à votre question ?" in shown
    assert "Lire la suite" in talk.labels
    shown = talk.press("Oui")
    assert any(isinstance(effect, Vote) and effect.useful for effect in talk.effects)
    assert "Merci" in shown


def test_after_a_no_related_articles_and_the_desk_are_offered(talk: Talk) -> None:
    talk.say("mot de passe oublié")
    talk.press("Lire 1")
    talk.press("Non")
    assert "Nous contacter" in talk.labels
    assert len(talk.labels) > 2


def test_results_far_behind_the_best_are_not_shown(talk: Talk) -> None:
    talk.say("frais d'obsèques cnracl")

    assert "Lire 1" in talk.labels
    assert "Lire 2" not in talk.labels
    assert "Je n'ai pas trouvé" in talk.labels


def test_greetings_get_a_human_answer_and_no_results(talk: Talk) -> None:
    talk.say("bonjour")
    assert "Lire 1" not in talk.labels


def test_themes_lead_to_articles_and_to_the_desk_in_context(talk: Talk) -> None:
    talk.say("/themes")
    assert len(talk.labels) == 12
    talk.press("Décès et réversion")
    assert "Nous contacter" in talk.labels
    shown = talk.press("Nous contacter")
    assert talk.state == "ChoosingMotif"
    assert "Décès et réversion" in shown


def test_an_old_button_never_does_anything(talk: Talk) -> None:
    talk.say("mot de passe oublié")
    old = talk.session.offers[0].code
    turn = talk.session.turn
    talk.say("taux cnracl")
    talk.hear(Picked(old), turn)
    assert "n'est plus valable" in talk.shown
    assert talk.state == "Browsing"


def test_a_forged_button_never_does_anything(talk: Talk) -> None:
    talk.say("mot de passe oublié")
    talk.hear(Picked("send"), talk.session.turn)
    assert "n'est plus valable" in talk.shown


def test_a_very_long_text_gets_one_sentence(talk: Talk) -> None:
    shown = talk.say("mot " * 25_000)
    assert "Résumez" in shown
    assert len(shown) < 400


@pytest.mark.parametrize("said", ["oui", "non", "bof"])
def test_an_answer_to_no_question_is_asked_what_is_looked_for(talk: Talk, said: str) -> None:
    shown = talk.say(said)
    assert "Écrivez votre question" in shown
    assert "Je ne sais parler" not in shown


def test_what_follows_a_question_is_searched_with_it_and_shown_so(talk: Talk) -> None:
    shown = talk.say("quel est le taux cnracl en 2026 ?", "et pour un contractuel ?")

    assert "« quel est le taux cnracl en 2026, et pour un contractuel ? »" in shown
    assert "Ircantec" in shown
    assert talk.state == "Browsing"


def test_what_follows_below_an_article_is_searched_with_its_question(talk: Talk) -> None:
    talk.say("retraite pour invalidité, quelle procédure", "1")

    assert "Stagiaire" in talk.say("et pour un stagiaire ?")


def test_what_follows_and_is_clear_by_itself_is_a_question_of_its_own(talk: Talk) -> None:
    shown = talk.say("mot de passe oublié", "et le taux cnracl 2026")

    assert "question d'avant" not in shown
    assert "37,65 %" in shown


def test_what_follows_nothing_is_asked_whole(talk: Talk) -> None:
    assert "en entier" in talk.say("et pour un contractuel ?")


def test_a_long_letter_is_not_shown_again(talk: Talk) -> None:
    letter = "Bonjour, nous ne trouvons pas le mot de pase de notre agent. " * 4

    assert letter[:40] not in talk.say(letter)
    assert "Lire 1" in talk.labels


def test_numbers_alone_ask_nothing(talk: Talk) -> None:
    assert "pas trouvé de mots" in talk.say("3/6/85")
    assert "aucun des choix" in talk.say("lire 2")


def test_going_on_with_nothing_says_that_there_is_nothing(talk: Talk) -> None:
    assert "/demandes" in talk.say("reprendre")
    assert talk.state == "Idle"


def test_a_number_below_results_leaves_them(talk: Talk) -> None:
    talk.say("mot de passe oublié", "le 8")

    assert talk.state == "Browsing"
    assert "Lire 1" in talk.labels


def test_who_wants_to_import_accounts_is_told_how_one_comes_to(talk: Talk) -> None:
    assert "demandez une invitation" in talk.say("j'ai un fichier excel de comptes à importer")


def test_a_need_said_in_other_words_leads_to_its_sous_motif(talk: Talk) -> None:
    """Among the choices words are a need, not a label: they are told what comes nearest."""
    talk.say("probleme de nir errone sur un agent dans mon fichier")
    talk.press("Je n'ai pas trouvé")
    shown = talk.say("correction du nir dune agente")
    assert "est-ce l'un de ces sujets ?" in shown
    assert talk.labels[0] == "Anomalie « agent » : NIR, état civil"
    assert {"Chercher dans l'aide", "Tout choisir"} <= set(talk.labels)
    talk.press("Anomalie « agent » : NIR, état civil")
    assert talk.session.state.draft is not None
    assert talk.session.state.draft.question == "correction du nir dune agente"


def test_words_that_are_near_nothing_lead_to_the_search_or_the_list(talk: Talk) -> None:
    talk.say("probleme de nir errone sur un agent dans mon fichier")
    talk.press("Je n'ai pas trouvé")
    shown = talk.say("xyzzy plugh")
    assert "Je ne trouve pas « xyzzy plugh »" in shown
    assert list(talk.labels) == ["Chercher dans l'aide", "Tout choisir"]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (Source(url="https://a.fr/x", published="2024-09"), "publiée en 09/2024 · source : a.fr"),
        (
            Source(url="https://www.a.fr", read_on=date(2026, 11, 2)),
            "page lue le 02/11/2026 · source : a.fr",
        ),
        (Source(url="https://xn--caf-dma.fr/x", published="2024"), "en 2024 · source : café.fr"),
    ],
)
def test_an_article_says_whose_page_it_is_and_of_when(source: Source, told: str) -> None:
    assert told in fill(origin_line(article("a", "Un titre", "Une réponse.", sources=(source,))))


def test_each_reference_leads_to_its_text() -> None:
    read = article("a", "Titre", "Réponse.", references=("CGFP, art. L. 556-1", "Loi n° 84-53"))

    shown = fill(article_text(read))

    assert "[CGFP, art. L. 556-1](https://www.legifrance.gouv.fr/search/all?query=" in shown
    assert "query=Loi+84-53)" in shown


@pytest.mark.parametrize("word", ["congé", "retraite", "les comptes", "maladie"])
def test_one_word_shows_its_nearest_answers_and_opens_its_theme(talk: Talk, word: str) -> None:
    shown = talk.say(word)
    theme = talk.labels[-1]

    assert "Les réponses les plus proches de ce mot" in shown
    assert theme in [one.label for one in talk.knowledge.catalogue.themes]
    assert theme in talk.press(theme)
    assert talk.state == "BrowsingThemes"
