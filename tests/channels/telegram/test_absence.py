"""After an absence: presses died at Telegram, and who has a draft open is shown their question."""

from datetime import timedelta

import pytest
from channels.telegram.stage import ANNE, BRUNO, Stage
from sqlmodel import Session, update

from bot.channels.telegram import absence, polling
from bot.channels.telegram.absence import BACK, HEARD
from bot.clock import utc_now
from bot.domain.delivery import Priority
from bot.storage.tables_requests import ConversationRow

CAROLE = 1003
QUESTION, AGAIN = "Question 1 sur 9", "n'était pas joignable"


async def begin_a_request(stage: Stage, who: int) -> None:
    """As far as the first question of a form."""
    await stage.say("j'ai viré la cotisation au mauvais fonds", who=who)
    await stage.reads("Voici", who=who)
    await stage.press("Lire 1", who=who)
    await stage.reads("Cela répond", who=who)
    for label, then in (
        ("Nous contacter", "Votre demande :"),
        ("^Continuer$", "Avant le formulaire"),
        ("Continuer ma demande", QUESTION),
    ):
        await stage.press(label, who=who)
        await stage.reads(then, who=who)


def age(stage: Stage, by: timedelta) -> None:
    """Let all that happened so far be so long ago."""
    then = utc_now() - by
    with stage.app.store.transaction() as db:
        db.condition.note_done(HEARD, then)
        db.condition.note_done(BACK, then - by)
    with Session(stage.app.store.engine) as session:
        session.connection().execute(update(ConversationRow).values(updated_at=then))
        session.commit()


async def be_away(stage: Stage, by: timedelta) -> None:
    age(stage, by)
    await stage.close()


async def come_back(stage: Stage) -> None:
    """Open, and let everything be caught up with."""
    await stage.open()
    await stage.until(lambda: is_heard(stage))


def is_heard(stage: Stage) -> bool:
    with stage.look() as db:
        heard = db.condition.last_done(HEARD)
    return heard is not None and utc_now() - heard < timedelta(minutes=1)


def told(stage: Stage, who: int) -> int:
    return sum(AGAIN in shown for shown in stage.shown(who))


async def test_who_has_a_draft_open_is_shown_their_question_once(stage: Stage) -> None:
    await begin_a_request(stage, ANNE)
    await begin_a_request(stage, BRUNO)
    await stage.say("/profil", who=CAROLE)
    await stage.reads("Votre profil", who=CAROLE)
    await be_away(stage, timedelta(minutes=10))
    await stage.say("cnracl", who=BRUNO)
    await come_back(stage)

    again = await stage.reads(AGAIN)
    assert QUESTION in again.text
    await stage.reads("Question 2 sur", who=BRUNO)
    await stage.close()
    await stage.open()
    await stage.say("cnracl")
    await stage.reads("Question 2 sur")
    assert [told(stage, who) for who in (ANNE, BRUNO, CAROLE)] == [1, 0, 0]


async def test_the_question_shown_again_goes_behind_every_dialogue(stage: Stage) -> None:
    await begin_a_request(stage, ANNE)
    await be_away(stage, timedelta(minutes=10))
    await come_back(stage)
    await stage.reads(AGAIN)

    with stage.look() as db:
        sent = db.outbox.rows()
    assert [row.priority for row in sent if AGAIN in str(row.payload)] == [Priority.BULK]


async def test_a_pause_in_which_no_press_dies_disturbs_nobody(stage: Stage) -> None:
    await begin_a_request(stage, ANNE)
    await be_away(stage, timedelta(minutes=2))
    await come_back(stage)
    await stage.say("cnracl")
    await stage.reads("Question 2 sur")
    assert told(stage, ANNE) == 0


async def test_more_people_than_one_transaction_takes_are_all_shown_theirs(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(absence, "AT_ONCE", 1)
    for who in (ANNE, BRUNO):
        await begin_a_request(stage, who)
    await be_away(stage, timedelta(minutes=10))
    await come_back(stage)

    for who in (ANNE, BRUNO):
        await stage.reads(AGAIN, who=who)
        assert told(stage, who) == 1


async def test_of_a_backlog_the_newest_question_of_each_person_is_answered_first(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They lie in two batches: the first is answered only when the second was heard as well."""
    monkeypatch.setattr(polling, "LIMIT", 2)
    await stage.close()
    stage.server.clock_shift = -3600
    await stage.say("/profil", "/themes", "/demandes")
    stage.server.clock_shift = 0
    await stage.open()

    await stage.until(lambda: len(stage.shown(ANNE)) == 3)
    begun = [shown[:9] for shown in stage.shown(ANNE)]
    assert begun == ["Vous n'av", "Votre pro", "Les thème"]
