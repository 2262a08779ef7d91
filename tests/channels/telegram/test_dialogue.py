"""Whole stories over HTTP: asking, reading, filing, and everything a person can send."""

import pytest
from channels.telegram.stage import ANNE, BRUNO, TOKEN, Stage
from support.talking import A_NIR, A_SIRET

from bot.domain.delivery import OutboxState


async def test_a_question_is_answered_and_the_article_read(stage: Stage) -> None:
    await stage.say("mon collègue part à la retraite, comment je fais")
    answer = await stage.reads("Voici ce que dit l'aide")
    assert [entity["type"] for entity in answer.data["entities"]].count("bold") >= 3

    await stage.press("Lire 1")
    article = await stage.reads("page lue|publiée")
    assert "Cela répond-il à votre question" in article.text  # one message, not two
    await stage.press("^Oui$")
    await stage.reads("Merci")

    assert all(one["answered"] for one in stage.server.callbacks.values())
    assert not stage.server.errors


async def file_a_ticket(stage: Stage, who: int = ANNE) -> None:
    """From a question to the recap of a request."""
    await stage.say("j'ai viré la cotisation au mauvais fonds", who=who)
    await stage.reads("Voici", who=who)
    await stage.press("Lire 1", who=who)
    await stage.reads("Cela répond", who=who)
    for label, then in (
        ("Nous contacter", "Votre demande :"),
        ("^Continuer$", "Avant le formulaire"),
        ("Continuer ma demande", "Question 1 sur 9"),
    ):
        await stage.press(label, who=who)
        await stage.reads(then, who=who)
    answers = ("cnracl", A_SIRET, "Ville d'Exemple", "4455", "12 000", "88W0000000000000AB")
    for number, answer in enumerate(answers, 2):
        await stage.say(answer, who=who)
        await stage.reads(f"Question {number} sur", who=who)
    await stage.press("Oui, je l'atteste", who=who)
    await stage.reads("Décrivez", who=who)
    await stage.press("Garder ce texte", who=who)
    await stage.reads("adresse électronique", who=who)
    await stage.press("Passer", who=who)
    await stage.reads("avant l'envoi", who=who)


async def test_a_ticket_is_filed_once_however_often_it_is_sent(stage: Stage) -> None:
    await file_a_ticket(stage)
    recap = next(e for e in reversed(stage.server.chats[ANNE].events) if "avant l'envoi" in e.text)

    before = len(stage.shown(ANNE))
    for _ in range(3):
        await stage.press("Envoyer", on=recap)
    await stage.reads("Demande enregistrée sous la référence PEPS-")
    await stage.say("/profil")
    await stage.reads("Votre profil")

    assert len(stage.shown(ANNE)) == before + 2  # three taps, one screen
    await stage.press("Envoyer", on=recap)
    await stage.reads("déjà servi")
    with stage.look() as db:
        assert len(db.tickets.newest()) == 1


async def test_two_people_have_each_their_own_conversation(stage: Stage) -> None:
    await stage.say("/profil")
    await stage.say("/themes", who=BRUNO)

    await stage.reads("Votre profil")
    await stage.reads("Les thèmes de l'aide", who=BRUNO)
    assert len(stage.shown(ANNE)) == len(stage.shown(BRUNO)) == 1


async def test_a_nir_is_erased_wherever_it_is_typed(stage: Stage) -> None:
    message = await stage.say(f"dossier de mme durand {A_NIR}")
    await stage.reads("je l'ai effacé")

    assert message in stage.server.chats[ANNE].deleted


async def test_a_nir_in_an_edited_message_or_a_caption_is_erased(stage: Stage) -> None:
    message = await stage.say("mutation d'un agent")
    await stage.reads("Voici|Est-ce l'un|pas trouvé")
    await stage.server.user_edits(TOKEN, ANNE, message, f"mutation de {A_NIR}")
    await stage.reads("je l'ai effacé")
    photo = [{"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9}]
    captioned = await stage.say(f"sa carte : {A_NIR}", media={"photo": photo})
    await stage.reads("j'ai tout effacé")

    assert {message, captioned} <= set(stage.server.chats[ANNE].deleted)


SENDINGS = {
    "sticker": (
        "Je ne lis que du texte",
        {
            "sticker": {
                "file_id": "f", "file_unique_id": "u", "type": "regular",
                "width": 9, "height": 9, "is_animated": False, "is_video": False,
            }
        },
    ),
    "voice": (
        "message vocal",
        {"voice": {"file_id": "f", "file_unique_id": "u", "duration": 1}},
    ),
    "location": ("Une position", {"location": {"latitude": 48.8, "longitude": 2.3}}),
    "contact": ("fiches de contact", {"contact": {"phone_number": "1", "first_name": "U"}}),
    "document": ("Je garde votre fichier", {"document": {"file_id": "f", "file_unique_id": "u"}}),
    "poll, or any new kind": ("ce genre de message", {"dice": {"emoji": "🎲", "value": 3}}),
    "unheard of": ("ce genre de message", {"hologram": {"depth": 3}}),
}  # fmt: skip


@pytest.mark.parametrize("name", SENDINGS)
async def test_what_cannot_be_read_gets_one_clear_sentence(stage: Stage, name: str) -> None:
    sentence, media = SENDINGS[name]
    await stage.say("légende", media=media)

    await stage.reads(sentence)
    assert len(stage.shown()) == 1


async def test_a_forwarded_message_and_an_inline_bots_are_not_the_persons_own(stage: Stage) -> None:
    origin = {"type": "hidden_user", "date": 1, "sender_user_name": "X"}
    await stage.say("promotion", extra={"forward_origin": origin})
    await stage.reads("transférés")
    other = {"id": 5, "is_bot": True, "first_name": "B", "username": "other_bot"}
    await stage.say("un gif", extra={"via_bot": other})
    await stage.reads("ce genre de message")


@pytest.mark.parametrize(
    "typed",
    [
        "😀😀😀",
        "\u200b\u200d",
        "\u202egnorw",
        "<b>gras</b> &amp; <script>",
        "/start " + "x" * 64,
        "/",
    ],
)
async def test_odd_texts_get_an_answer(stage: Stage, typed: str) -> None:
    await stage.say(typed)

    await stage.reads(".")
    assert not stage.server.errors


async def test_a_command_is_heard_in_any_spelling(stage: Stage) -> None:
    await stage.say(f"/THÈMES@{stage.server.username}")
    await stage.reads("Les thèmes de l'aide")


async def test_an_old_a_forged_and_anothers_button_do_nothing(stage: Stage) -> None:
    await stage.say("/themes")
    old = await stage.reads("Les thèmes")
    await stage.say("/profil")
    await stage.reads("Votre profil")

    await stage.press("Ircantec", on=old)
    await stage.reads("Ce bouton a déjà servi")
    for data in ("99~read.x", "garbage", "1~" + "é" * 20, "-1~more"):
        await stage.server.user_presses(TOKEN, ANNE, ANNE, old.message_id, {"callback_data": data})
        await stage.reads("Ce bouton a déjà servi")
    await stage.say("bonjour", who=BRUNO)
    await stage.reads(".", who=BRUNO)
    await stage.press("Ircantec", who=BRUNO, on=old)
    await stage.reads("Ce bouton a déjà servi", who=BRUNO)
    assert all(one["answered"] for one in stage.server.callbacks.values())


async def test_two_texts_at_once_are_two_turns_in_order(stage: Stage) -> None:
    await stage.say("/themes", "/profil", "/aide")

    await stage.until(lambda: len(stage.shown()) >= 3)
    first, second, third = (stage.shown()[n] for n in range(3))
    assert first.startswith("Les thèmes")
    assert second.startswith("Votre profil")
    assert third.startswith("Écrivez votre question")


async def test_nothing_is_left_in_the_outbox(stage: Stage) -> None:
    await stage.say("/aide")
    await stage.reads("Écrivez votre question")

    def is_empty() -> bool:
        with stage.look() as db:
            return db.outbox.list(OutboxState.WAITING) == ()

    await stage.until(is_empty)
