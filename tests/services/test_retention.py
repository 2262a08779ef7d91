"""A run of retention: forgotten tickets are announced and closed, and each run leaves its proof."""

import json
from datetime import timedelta

from services.conftest import Desk as House
from services.conftest import desk as house
from support.commandline import Done, guichet

from bot.domain.retention import Retention
from bot.domain.ticket import TicketStatus
from bot.services.retention import RetentionRun

__all__ = ["house"]

RULES = Retention()


def run(house: House) -> dict[str, int]:
    with house.app.store.transaction() as db:
        counts = RetentionRun(db, house.app.advisor_desk).apply(RULES, house.now)
    return {name: number for name, number in counts.items() if number}


def lines(house: House) -> list[str]:
    with house.app.store.read() as db:
        return [one.detail for one in db.audit_log.entries(what="retention.applied")]


def test_a_forgotten_ticket_is_announced_and_closed_a_month_later(house: House) -> None:
    reference = house.file("anne")
    house.wait(days=364)
    assert "warned" not in run(house)
    house.wait(days=1)
    assert run(house)["warned"] == 1
    assert "sera close dans 30 jours" in house.look("anne")
    house.wait(days=29)
    assert "closed" not in run(house)
    assert house.ticket(reference).status is TicketStatus.NEW
    house.wait(days=1)
    assert run(house)["closed"] == 1
    assert house.ticket(reference).status is TicketStatus.CLOSED
    assert "est close" in house.look("anne")


def test_a_word_keeps_it_open(house: House) -> None:
    reference = house.file("anne")
    house.wait(days=365)
    run(house)
    house.wait(days=10)
    house.do("luc", lambda tickets: tickets.note(reference, "Attend le service retraite."))
    house.wait(days=300)
    assert not {"warned", "closed"} & run(house).keys()
    house.wait(days=65)
    assert run(house)["warned"] == 1
    assert house.ticket(reference).status is TicketStatus.NEW


def test_each_run_leaves_a_line_and_idle_ones_one_a_day(house: House) -> None:
    for _ in range(5):
        run(house)
        house.wait(hours=5)
    assert lines(house) == ["nothing was past its date"]
    house.wait(hours=1)
    run(house)
    assert len(lines(house)) == 2


def test_a_year_of_the_audit_log_is_kept_and_it_holds(house: House) -> None:
    house.file("anne")
    house.wait(days=366)
    assert run(house)["audit"] >= 1
    with house.app.store.read() as db:
        assert db.audit_log.verify() is None
        assert not db.audit_log.entries(what="ticket.filed")


def shell(house: House, *words: str) -> Done:
    return guichet(*words, data=house.app.settings.data_dir)


def test_a_dry_run_counts_and_changes_nothing(house: House) -> None:
    with house.app.store.transaction() as db:
        db.inbox.remember_update("telegram", 1, house.now - timedelta(days=900))
    before = shell(house, "audit", "list", "--json").stdout
    done = shell(house, "retention", "--dry-run")
    assert done.stdout.startswith("Rien n'est effacé")
    counts = dict(reversed(line.strip().split(" ", 1)) for line in done.stdout.splitlines()[1:])
    assert counts["marques de réception"] == "1"
    assert shell(house, "audit", "list", "--json").stdout == before
    assert "     1 marques de réception" in shell(house, "retention").stdout
    newest = json.loads(shell(house, "audit", "list", "--json").stdout.splitlines()[0])
    assert (newest["what"], newest["detail"]) == ("retention.applied", "received=1")
