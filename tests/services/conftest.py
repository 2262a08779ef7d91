"""A whole desk on SQLite: people at terminals, and the clock in the test's hand."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.reminded import mailing, scene
from support.talking import GOOD_ANSWERS

from bot.app import App, build_app
from bot.channels import formatting, terminal
from bot.channels.terminal import Opened, Terminal
from bot.domain.ticket import Ticket
from bot.services.advisor_tickets import ActionResult, AdvisorAction
from bot.settings import Settings

__all__ = ["mailing", "scene"]

NOW = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)


@dataclass
class Sheet:
    """What a terminal showed."""

    blocks: list[str] = field(default_factory=list)

    def read(self) -> str:
        raise EOFError

    def show(self, block: str) -> None:
        self.blocks.append(formatting.to_plain(block))

    def erase(self) -> None:
        self.blocks.append("(effacé)")


@dataclass
class Desk:
    """The desk and everybody in it; `now` goes on when a test says so."""

    app: App
    now: datetime = NOW

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    def type(self, name: str, *lines: str) -> str:
        """Somebody types lines at their terminal; what the last one showed."""
        sheet = Sheet()
        at = Terminal(self.app, f"terminal:{name}", sheet)
        for line in lines:
            sheet.blocks.clear()
            at.take(terminal.to_event(line), self.now)
        return "\n".join(sheet.blocks)

    def look(self, name: str) -> str:
        """Somebody comes back to their terminal."""
        sheet = Sheet()
        Terminal(self.app, f"terminal:{name}", sheet).take(Opened(), self.now)
        return "\n".join(sheet.blocks)

    def file(self, name: str, path: str = "cotisations/calcul/taux-cnracl") -> str:
        """Somebody files a request; its reference. `receipt` is what they were told."""
        sous_motif = self.app.knowledge.catalogue.sous_motif(path)
        assert sous_motif is not None
        shown = self.type(name, f"/start m_{sous_motif.id}", "Continuer", "Continuer ma demande")
        for _ in range(20):
            if "avant l'envoi" in shown:
                break
            shown = self.type(name, self._answer(shown))
        shown = self.type(name, "Envoyer")
        if "déjà une demande ouverte" in shown:
            shown = self.type(name, "Envoyer quand même")
        self.receipt = shown
        return next(word for word in shown.split() if word.startswith("PEPS-")).strip("*,.")

    def _answer(self, shown: str) -> str:
        fields = self.app.knowledge.catalogue.fields.values()
        asked = [one for one in fields if one.question and one.question in shown]
        return GOOD_ANSWERS.get(asked[0].kind if asked else "", "Une description assez longue.")

    def do(self, who: str, work, *, confirmed: bool = False) -> ActionResult:
        """Somebody of the desk does something."""
        action = AdvisorAction(who=f"local:{who}", at=self.now, confirmed=confirmed)
        return self.app.advisor_desk.do(action, work)

    def ticket(self, reference: str) -> Ticket:
        with self.app.store.read() as db:
            ticket = db.tickets.by_reference(reference)
        assert ticket is not None
        return ticket


def is_done(result: ActionResult) -> bool:
    return result.warning is None and result.error is None


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    return Desk(build_app(settings, {"terminal": terminal.render}))
