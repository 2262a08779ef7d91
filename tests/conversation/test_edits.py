"""Edited messages: a question is asked again, an answer of the draft is replaced."""

from support.talking import A_NIR, A_SIRET, Talk

from bot.conversation.effects import AddCorrection
from bot.conversation.states import Browsing
from bot.domain.people import Employer, Profile
from bot.domain.ticket import AnswerSource

PATH = "cotisations/versement/transfert-inter-fonds"
A_QUESTION = "j'ai viré la cotisation au mauvais fonds"


def begin(talk: Talk) -> str:
    """A question, and the form that it leads to; the message in which it was asked."""
    talk.say(A_QUESTION)
    asked = talk.written
    talk.press("Je n'ai pas trouvé")
    talk.press("Transfert inter-fonds")
    talk.press("Continuer ma demande")
    return asked


def answer_until(talk: Talk, state: str) -> None:
    while talk.state != state:
        talk.answer_well()


def test_an_edited_question_is_asked_again(talk: Talk) -> None:
    talk.say("mot de pase oublié")
    asked = talk.written
    shown = talk.correct(asked, A_QUESTION)
    assert talk.session.state == Browsing(question=A_QUESTION)
    assert "Je n'ai pas trouvé" in talk.labels
    assert shown != talk.correct(asked, "mot de passe oublié")
    assert talk.session.state == Browsing(question="mot de passe oublié")


def test_an_older_question_is_not_asked_again(talk: Talk) -> None:
    talk.say("mot de passe oublié")
    asked = talk.written
    talk.say(A_QUESTION)
    assert "Je ne relis pas" in talk.correct(asked, "taux de cotisation")
    assert talk.session.state == Browsing(question=A_QUESTION)


def test_a_number_in_an_edited_question_is_withheld(talk: Talk) -> None:
    talk.say(A_QUESTION)
    talk.correct(talk.written, f"{A_QUESTION} {A_NIR}")
    assert talk.was_erased
    assert A_NIR not in str(talk.session)


def test_an_answer_is_corrected_and_the_question_stands(talk: Talk) -> None:
    begin(talk)
    talk.say("cnracl")
    written = talk.written
    shown = talk.correct(written, "ircantec")
    assert "C'est corrigé. Fonds qui aurait dû recevoir la somme : Ircantec" in shown
    assert "Question 2 sur 9" in shown
    assert talk.session.state.draft.answer("fonds_dest").value == "Ircantec"


def test_what_cannot_be_read_leaves_the_answer_as_it_was(talk: Talk) -> None:
    begin(talk)
    talk.say("cnracl", A_SIRET)
    shown = talk.correct(talk.written, "217500016 00018")
    assert "n'est pas prise, la réponse d'avant reste" in shown
    assert talk.session.state.draft.answer("siret").value == A_SIRET


def test_a_correction_at_the_recap_shows_the_recap(talk: Talk) -> None:
    begin(talk)
    answer_until(talk, "Describing")
    talk.say("La somme est allée au mauvais fonds.")
    written = talk.written
    answer_until(talk, "Reviewing")
    shown = talk.correct(written, "La somme de mars est allée au mauvais fonds.")
    assert "Votre description : La somme de mars" in shown
    assert talk.state == "Reviewing"
    assert "C'est corrigé" not in talk.press("Envoyer")
    assert talk.filed[0].description == "La somme de mars est allée au mauvais fonds."


def test_a_description_that_says_too_little_is_not_taken(talk: Talk) -> None:
    begin(talk)
    answer_until(talk, "Describing")
    talk.say("La somme est allée au mauvais fonds.")
    assert "n'est pas prise" in talk.correct(talk.written, "oups")


def test_the_first_question_is_corrected_before_and_after_it_is_kept(talk: Talk) -> None:
    asked = begin(talk)
    answer_until(talk, "Describing")
    assert "« Virement de mars au mauvais fonds »" in talk.correct(
        asked, "Virement de mars au mauvais fonds"
    )
    talk.press("Garder ce texte")
    talk.correct(asked, "Virement d'avril au mauvais fonds")
    assert talk.session.state.draft.answer("description").value.startswith("Virement d'avril")
    answer_until(talk, "Reviewing")
    talk.press("Envoyer")
    assert AnswerSource(asked, "description") in talk.filed[0].sources


def test_several_answers_in_one_message_are_corrected_one_by_one(talk: Talk) -> None:
    begin(talk)
    talk.say(f"cnracl\n{A_SIRET}\nMairie d'Exemple")
    assert "plusieurs réponses" in talk.correct(talk.written, f"ircantec\n{A_SIRET}")
    assert talk.session.state.draft.answer("fonds_dest").value == "CNRACL"


def test_what_is_filed_knows_its_messages_and_no_draft_does(talk: Talk) -> None:
    begin(talk)
    talk.say("cnracl")
    fund = talk.written
    talk.say(A_SIRET)
    answer_until(talk, "Describing")
    talk.say("La somme est allée au mauvais fonds.")
    described = talk.written
    answer_until(talk, "Reviewing")
    talk.press("Envoyer")
    sources = talk.filed[0].sources
    assert AnswerSource(fund, "fonds_dest") in sources
    assert AnswerSource(described, "description") in sources
    assert "question" not in [one.key for one in sources]
    talk.correct(described, "Autre chose.")
    assert talk.effects[0] == AddCorrection("Autre chose.", described)


def test_an_answer_given_again_belongs_to_the_later_message(talk: Talk) -> None:
    begin(talk)
    talk.say("cnracl")
    first = talk.written
    answer_until(talk, "Reviewing")
    talk.press("Modifier une ligne")
    talk.press("Fonds qui aurait dû recevoir la somme")
    talk.say("ircantec")
    assert "Je ne relis pas" in talk.correct(first, "rafp")
    assert talk.session.state.draft.answer("fonds_dest").value == "Ircantec"


def test_answers_from_the_profile_were_written_in_no_message(talk: Talk) -> None:
    employer = Employer(A_SIRET, "Mairie d'Exemple")
    talk.profile = Profile().with_employer(employer).with_email("rh@mairie-exemple.fr")
    talk.say(A_QUESTION)
    talk.press("Je n'ai pas trouvé")
    talk.press("Transfert inter-fonds")
    talk.say("Continuer ma demande")
    assert talk.state == "Filling"
    assert "Je ne relis pas" in talk.correct(talk.written, "Continuer")
