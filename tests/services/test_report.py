"""The report: what happened at a desk of which everything is known."""

import json
import re
from dataclasses import fields
from datetime import timedelta
from html import escape
from pathlib import Path

import pytest
from services.conftest import NOW, Desk
from typer.testing import CliRunner

from bot.cli import app
from bot.domain.retention import Retention
from bot.domain.ticket import TicketStatus
from bot.services.report import (
    DurationSpread,
    Report,
    ReportLine,
    build_report,
    charts_of,
    figures_of,
    render_page,
    spread_words,
)
from bot.storage.encryption import Encryption
from bot.storage.keys import load_or_create_keys
from bot.storage.store import Store


def build(desk: Desk) -> Report:
    with desk.app.store.read() as db:
        end = desk.now + timedelta(days=1)
        return build_report(db, desk.app.knowledge, NOW - timedelta(days=1), end)


def lived(desk: Desk) -> str:
    """Two tickets: one answered after two hours, closed after four, reopened and closed again."""
    first = desk.file("anne")
    desk.file("berthe", "cotisations/calcul/taux-cnracl")
    desk.wait(hours=2)
    desk.do("luc", lambda tickets: tickets.answer(first, "Voici."))
    desk.wait(hours=2)
    desk.do("luc", lambda tickets: tickets.set_status(first, TicketStatus.RESOLVED))
    desk.look("anne")
    desk.type("anne", "2", "Passer")
    desk.wait(hours=1)
    desk.type("anne", "/demandes", first, "Répondre ou rouvrir", "Il manque une chose.")
    desk.wait(hours=1)
    desk.do("luc", lambda tickets: tickets.set_status(first, TicketStatus.CLOSED))
    return first


def test_tickets_times_and_satisfaction(desk: Desk) -> None:
    lived(desk)
    report = build(desk)
    assert report.filed == 2
    assert report.by_sous_motif == (ReportLine("Taux de cotisation CNRACL", 2),)
    assert (report.first_answer.count, report.first_answer.median) == (1, 2.0)
    assert (report.resolution.count, report.resolution.median) == (1, 6.0)
    assert report.reopened == 1
    assert report.satisfaction == 2.0
    assert [line.count for line in report.scores] == [0, 1, 0, 0, 0]


def test_a_report_opens_nothing(desk: Desk, tmp_path: Path) -> None:
    """With keys of another desk, whatever is opened fails."""
    lived(desk)
    other_keys = Store(desk.app.store.engine, Encryption(load_or_create_keys(tmp_path / "other")))
    with other_keys.read() as db:
        end = desk.now + timedelta(days=1)
        found = build_report(db, desk.app.knowledge, NOW - timedelta(days=1), end)
    assert found == build(desk)


def test_nothing_is_not_zero(desk: Desk) -> None:
    report = build(desk)
    assert report.satisfaction is None
    assert report.deflection is None
    assert report.first_answer.median is None
    assert "pas encore notée" in render_page(report)
    assert "aucune sur cette période" in render_page(report)


def test_durations_are_said_as_one_says_them() -> None:
    assert spread_words(DurationSpread(1, 2.0, 2.0)) == "2 h (une seule demande)"
    said = spread_words(DurationSpread(12, 0.2, 2.5))
    assert said == "12 min pour la moitié, 2 h 30 au plus pour neuf sur dix (12 demandes)"


def test_a_long_title_is_read_whole(desk: Desk) -> None:
    desk.type("anne", "mot de passe oublié", "Lire 1", "Oui")
    (title,) = [line.label for line in build(desk).most_read]
    assert len(title) > 46
    assert f"<li>{title}<br>" in render_page(build(desk))


def test_questions_reading_and_what_an_article_settles(desk: Desk) -> None:
    desk.type("anne", "mot de passe oublié", "Lire 1", "Oui")
    desk.type("berthe", "mot de passe oublié", "Lire 1", "Non")
    desk.file("carole")
    report = build(desk)
    assert report.asked == 2
    assert report.solved == 1
    assert report.deflection == 0.5
    assert sum(line.count for line in report.most_read) == 2


def test_where_forms_are_left(desk: Desk) -> None:
    sous_motif = desk.app.knowledge.catalogue.sous_motif("cotisations/calcul/taux-cnracl")
    assert sous_motif is not None
    begin = (f"/start m_{sous_motif.id}", "Continuer", "Continuer ma demande", "21750001600019")
    desk.type("anne", *begin, "/annuler", "Abandonner")
    desk.type("berthe", *begin)
    desk.wait(hours=25)
    with desk.app.store.transaction() as db:
        db.retention.apply(desk.now, Retention())
    labels = {line.label: line.count for line in build(desk).abandoned}
    assert sum(labels.values()) == 2
    assert all(label.startswith("Taux de cotisation CNRACL · ") for label in labels)


def test_a_form_that_was_sent_was_not_left(desk: Desk) -> None:
    desk.file("anne")
    desk.file("anne")
    assert build(desk).abandoned == ()


def test_the_page_stands_alone_and_its_charts_say_their_numbers(desk: Desk) -> None:
    lived(desk)
    page = render_page(build(desk))
    assert '<li>Taux de cotisation CNRACL<br><i style="width:80%"></i>2</li>' in page
    assert not re.search(r'(?:src|href|url\()\s*=?\s*["\']?https?:', page)
    assert "<script" not in page
    assert "Mairie d" not in page


@pytest.fixture
def guichet(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATA_DIR", str(desk.app.settings.data_dir))
    return lambda *words: CliRunner().invoke(app, ["report", *words])


def test_the_report_on_the_command_line(desk: Desk, guichet, tmp_path) -> None:
    lived(desk)
    days = ("--from", "2026-11-22", "--to", "2026-11-24")
    shown = guichet(*days).output
    assert "Demandes déposées" in shown
    assert "du 22/11/2026 au 24/11/2026" in shown
    told = json.loads(guichet(*days, "--json").output)
    assert (told["filed"], told["reopened"]) == (2, 1)
    assert told.keys() == {one.name for one in fields(Report)}
    page = tmp_path / "page.html"
    assert guichet(*days, "--html", str(page)).exit_code == 0
    written = page.read_text(encoding="utf-8")
    for name, value in figures_of(build(desk)):
        assert (name in shown, escape(name) in written) == (True, True)
        assert value.split()[0] in shown
    for heading, lines in charts_of(build(desk)):
        assert escape(heading) in written
        assert (heading[:20] in shown) == any(line.count for line in lines)
    assert written.startswith("<!doctype html>")
    assert "du 22/11/2026 au 24/11/2026" in written  # the last day, not the midnight after it
    assert json.loads(guichet("--to", "2026-10-01", "--json").output)["filed"] == 0
    assert guichet("--from", "hier").exit_code != 0
    assert guichet("--from", "2026-11-24", "--to", "2026-11-23").exit_code != 0
