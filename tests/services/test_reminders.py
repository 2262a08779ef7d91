"""Reminders: told once, on a working day, to those who are there, and to nobody else."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from support.registers import ANNE, BRUNO, CHLOE, SCHOOLS, TODAY, TOWN, an_account, an_administrator
from support.reminded import NOW, Scene

from bot.domain.account_changes import DeleteAccount, RenewAccounts, Snooze, TakeLeave
from bot.domain.delivery import OutboxState
from bot.domain.people import Employer
from bot.domain.reminder_rules import AFTER
from bot.services.advisor_tickets import AdvisorAction
from bot.services.reminders import LAST_ADMINISTRATOR_PATH


def test_one_message_a_day_names_every_account_that_is_due(scene: Scene) -> None:
    scene.add(
        an_administrator(ANNE, 30), an_account(CHLOE, 7), an_account("far", 91), seated=(ANNE,)
    )
    scene.add(
        an_account("dora", 1), an_administrator("anne-2", 400), employer=SCHOOLS, seated=("anne-2",)
    )

    assert scene.remind() == 1
    assert scene.remind() == 0

    (row,) = scene.waiting(ANNE)
    said = str(row.payload["text"])
    assert TOWN.name in said
    assert SCHOOLS.name in said
    assert "Chloe Martin" in said
    assert "Far Martin" not in said
    labels = [label for line in row.payload["rows"] for label in line]
    assert labels == [
        f"Revue : {TOWN.name}",
        f"Revue : {SCHOOLS.name}",
        "Me le rappeler dans une semaine",
        "Agenda (.ics)",
    ]


def test_a_window_is_told_once_and_the_next_one_again(scene: Scene) -> None:
    scene.add(
        an_administrator(ANNE, 400),
        an_administrator(BRUNO, 400),
        an_account(CHLOE, 30),
        seated=(ANNE,),
    )
    days = [day for day in range(32) if scene.remind(TODAY + timedelta(days=day))]
    told_on = [(TODAY + timedelta(days=day)).isoformat() for day in days]
    # 23 December is a Wednesday; the notice after it comes on the 24th.
    assert told_on == ["2026-11-23", "2026-12-08", "2026-12-16", "2026-12-22", "2026-12-24"]
    assert {occasion for who, occasion in scene.told() if who == CHLOE} == {
        "30",
        "15",
        "7",
        "1",
        str(AFTER),
    }


def test_nothing_on_a_day_off(scene: Scene) -> None:
    scene.add(an_administrator(ANNE, 30), seated=(ANNE,))
    assert scene.remind(date(2026, 11, 22)) == 0
    assert scene.remind(date(2026, 11, 11)) == 0


def test_after_a_downtime_only_what_is_still_open_is_told(scene: Scene) -> None:
    scene.add(an_administrator(ANNE, 400), an_account(CHLOE, 95), seated=(ANNE,))
    scene.remind(TODAY + timedelta(days=70))
    assert (CHLOE, "30") in scene.told()
    assert (CHLOE, "90") not in scene.told()


def test_nothing_after_a_renewal_or_a_deletion(scene: Scene) -> None:
    scene.add(
        an_administrator(ANNE, 400), an_administrator(BRUNO, 300), an_account(CHLOE, 7),
        an_account("dora", 7), seated=(ANNE,),
    )  # fmt: skip
    scene.change(RenewAccounts(seen={CHLOE: 1}, expires=TODAY + timedelta(days=540)))
    scene.change(DeleteAccount(account="dora", seen=1))
    assert scene.remind() == 0


def test_a_removed_administrator_hears_nothing_more(scene: Scene) -> None:
    scene.add(
        an_administrator(ANNE, 400), an_administrator(BRUNO, 400), an_account(CHLOE, 7),
        seated=(ANNE, BRUNO),
    )  # fmt: skip
    scene.change(DeleteAccount(account=BRUNO, seen=1))
    assert scene.remind() == 1
    assert scene.waiting(BRUNO) == []


def test_who_blocked_the_bot_is_passed_over_and_the_window_told_again_to_the_others(
    scene: Scene,
) -> None:
    scene.add(an_administrator(ANNE, 400), an_account(CHLOE, 7), seated=(ANNE,))
    scene.remind()
    with scene.app.store.transaction() as db:
        (row,) = [row for row in db.outbox.list(OutboxState.WAITING) if row.lane == "terminal:anne"]
        db.people.mark_unreachable("terminal:anne", NOW)
        db.outbox.bury(row.id, "telegram.403", NOW)
        person = db.people.of("terminal:bruno", NOW)
        after = db.accounts.load(TOWN.siret)
        assert after is not None
        db.accounts.save(after, after.with_account(an_administrator(BRUNO, 400)), NOW)
        db.accounts.link(BRUNO, TOWN.siret, person.id, NOW)

    assert scene.remind(TODAY + timedelta(days=1)) == 1

    assert "Chloe Martin" in scene.text(BRUNO)
    assert scene.waiting(ANNE) == []


def test_with_nobody_to_tell_the_window_stays_due(scene: Scene) -> None:
    scene.add(an_administrator(ANNE, 400), an_account(CHLOE, 7))
    assert scene.remind() == 0
    assert scene.told() == set()


def test_who_is_away_is_spared_while_somebody_else_is_there(scene: Scene) -> None:
    scene.add(
        an_administrator(ANNE, 400), an_administrator(BRUNO, 400), an_account(CHLOE, 7),
        seated=(ANNE, BRUNO),
    )  # fmt: skip
    scene.change(TakeLeave(first=TODAY, last=TODAY + timedelta(days=3), stand_in=BRUNO))
    assert scene.remind() == 1
    assert scene.waiting(ANNE) == []
    scene.change(TakeLeave(first=TODAY, last=TODAY + timedelta(days=30)), BRUNO)
    assert scene.remind(TODAY + timedelta(days=7)) == 1


def test_who_asked_to_hear_again_in_a_week_does(scene: Scene) -> None:
    scene.add(
        an_administrator(ANNE, 400),
        an_administrator(BRUNO, 400),
        an_account(CHLOE, 29),
        seated=(ANNE,),
    )
    scene.remind()
    scene.change(Snooze(until=TODAY + timedelta(days=7)))
    assert scene.remind(TODAY + timedelta(days=6)) == 0
    assert scene.remind(TODAY + timedelta(days=7)) == 1
    assert scene.remind(TODAY + timedelta(days=7)) == 0


def test_an_account_to_delete_is_recalled_every_week(scene: Scene) -> None:
    scene.add(
        an_administrator(ANNE, 400),
        an_administrator(BRUNO, 400),
        an_account(CHLOE, 300, leaves=TODAY),
        seated=(ANNE,),
    )
    days = [day for day in range(16) if scene.remind(TODAY + timedelta(days=day))]
    assert days == [0, 7, 14]


def test_an_only_administrator_hears_earlier_and_is_advised_before_summer(scene: Scene) -> None:
    scene.add(an_administrator(ANNE, 120), seated=(ANNE,))
    assert scene.remind() == 1
    assert "seul administrateur" in scene.text(ANNE)
    scene.change(RenewAccounts(seen={ANNE: 1}, expires=date(2028, 5, 20)))
    for day in (date(2027, 6, 23), date(2027, 6, 24), date(2027, 6, 25), date(2027, 12, 15)):
        scene.remind(day)
    assert {occasion for who, occasion in scene.told() if who == TOWN.siret} == {"june", "december"}


def test_support_hears_before_the_last_administrator_expires(scene: Scene) -> None:
    scene.add(
        an_administrator(ANNE, 15),
        an_administrator(BRUNO, 3),
        an_account(CHLOE, 400),
        seated=(ANNE, CHLOE),
    )
    scene.remind()
    scene.remind(TODAY + timedelta(days=1))
    with scene.app.store.transaction() as db:
        (ticket,) = db.tickets.newest()
        whole = db.tickets.by_reference(ticket.reference)
        lane = f"connector:console:{ticket.reference}"
        (delivery,) = [row for row in db.outbox.list() if row.lane == lane]
        (filed,) = db.ticket_messages.history(ticket.reference)
    assert whole is not None
    assert whole.request.path == LAST_ADMINISTRATOR_PATH
    assert delivery.payload == {"item": "ticket", "reference": ticket.reference, "part": ""}
    assert (filed.what, filed.who) == ("filed", "reminders")
    assert whole.queue
    assert ticket.reference in scene.text(ANNE)
    assert scene.waiting(CHLOE) == []  # a user, not an administrator


def test_a_last_call_that_nobody_reads_can_be_answered_all_the_same(scene: Scene) -> None:
    scene.add(an_administrator(ANNE, 15), an_administrator(BRUNO, 3))
    scene.remind()
    with scene.app.store.read() as db:
        (ticket,) = db.tickets.newest(limit=9)

    action = AdvisorAction(who="local:diane", at=NOW)
    outcome = scene.app.advisor_desk.do(
        action, lambda tickets: tickets.answer(ticket.reference, "Nous appelons la mairie.")
    )

    assert (outcome.warning, outcome.error) == (None, None)
    assert not outcome.told
    with scene.app.store.transaction() as db:
        assert db.failed_updates.newest() == ()


def test_a_corrected_date_does_not_tell_the_same_window_again(scene: Scene) -> None:
    scene.add(
        an_administrator(ANNE, 400),
        an_administrator(BRUNO, 400),
        an_account(CHLOE, 25, estimated=True),
        seated=(ANNE,),
    )
    scene.remind()
    scene.change(RenewAccounts(seen={CHLOE: 1}, expires=TODAY + timedelta(days=22)))
    assert scene.remind(TODAY + timedelta(days=1)) == 0


def test_a_burst_leaves_once_though_it_is_cut_in_the_middle(scene: Scene, monkeypatch) -> None:
    for number in range(120):
        siret = f"{number:014d}"
        scene.add(
            an_administrator(f"p{number}", 90), employer=Employer(siret, f"Commune {number}"),
            seated=(f"p{number}",),
        )  # fmt: skip
    write, calls = scene.reminding._write, []

    def cut(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise ConnectionError
        return write(*arguments)

    monkeypatch.setattr(scene.reminding, "_write", cut)
    with pytest.raises(ConnectionError):
        scene.remind()
    monkeypatch.undo()
    scene.remind()

    with scene.app.store.transaction() as db:
        lanes = [row.lane for row in db.outbox.list(OutboxState.WAITING, 1000)]
    assert sorted(lanes) == sorted(f"terminal:p{number}" for number in range(120))


def test_a_large_employer_gets_one_message_of_a_bearable_length(scene: Scene) -> None:
    many = (an_account(f"p{number}", 90) for number in range(300))
    scene.add(an_administrator(ANNE, 400), an_administrator(BRUNO, 400), *many, seated=(ANNE,))
    scene.remind()
    said = scene.text(ANNE)
    assert "300 à revoir" in said
    assert "et 275 de plus" in said
    assert len(said) < 4096


def test_names_are_nowhere_readable_in_the_file(scene: Scene, tmp_path: Path) -> None:
    scene.add(an_administrator(ANNE, 30), seated=(ANNE,))
    scene.remind()
    content = b"".join(file.read_bytes() for file in (tmp_path / "data").glob("guichet.db*"))
    assert b"Martin" not in content
    assert b"mairie-exemple" not in content
    assert json.dumps("Martin").encode() not in content
