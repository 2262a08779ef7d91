"""Long texts: what a client cut is one text again, and nobody waits for it but its writer."""

from datetime import UTC, datetime

from channels.telegram.stage import ANNE, BRUNO, Stage
from support.talking import A_NIR

FAR = datetime.max.replace(tzinfo=UTC)
TOO_LONG = "Votre message est très long"


async def test_a_text_that_was_cut_is_one_turn(stage: Stage) -> None:
    await stage.say("a" * 4096, "la fin")

    await stage.reads(TOO_LONG)
    await stage.say("/profil")
    await stage.reads("Votre profil")
    assert len(stage.shown()) == 2


async def test_a_hundred_kilobytes_are_one_turn(stage: Stage) -> None:
    await stage.say(*["mot " * 1023 + "mots"] * 25)

    await stage.reads(TOO_LONG)
    assert len(stage.shown()) == 1


async def test_a_long_text_alone_is_taken_when_its_rest_does_not_come(stage: Stage) -> None:
    await stage.say("a" * 4000)
    await stage.say("/profil", who=BRUNO)

    await stage.reads("Votre profil", who=BRUNO)
    assert stage.shown() == []
    await stage.reads(TOO_LONG)


async def test_a_command_releases_the_text_before_it(stage: Stage) -> None:
    await stage.say("a" * 4096, "/profil")

    await stage.reads("Votre profil")
    assert stage.shown()[0].startswith(TOO_LONG)


async def test_a_nir_across_the_cut_is_seen_and_every_part_erased(stage: Stage) -> None:
    words = ("bonjour " * 600)[: 4096 - 7]
    first = await stage.say(words + A_NIR[:7])
    second = await stage.say(A_NIR[7:] + " merci")

    await stage.reads("je l'ai effacé")
    assert {first, second} <= set(stage.server.chats[ANNE].deleted)


async def test_a_held_text_survives_a_crash_and_meets_its_rest(stage: Stage) -> None:
    await stage.say("a" * 4096)

    def is_held() -> bool:
        with stage.look() as db:
            return bool(db.inbox.due_held_texts(FAR))

    await stage.until(is_held)
    await stage.crash()
    await stage.say("la fin")
    await stage.open()

    await stage.reads(TOO_LONG)
    await stage.say("/profil")
    await stage.reads("Votre profil")
    assert len(stage.shown()) == 2


async def test_texts_that_waited_together_but_were_written_apart_stay_apart(stage: Stage) -> None:
    await stage.close()
    for shift, words in ((-3600, "a" * 4096), (-3500, "b" * 4096), (-3499, "la fin")):
        stage.server.clock_shift = shift
        await stage.say(words)
    stage.server.clock_shift = 0
    await stage.open()

    await stage.reads(TOO_LONG)
    await stage.reads(TOO_LONG)
    await stage.say("/profil")
    await stage.reads("Votre profil")
    assert len(stage.shown()) == 3
