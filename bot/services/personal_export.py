"""A person's copy of their data (RGPD, articles 15 and 20): one content, as JSON and as a page.

The content is made of French labels and values, so that the page needs no template of its own for
each part. Third parties are masked: a requester reads no name, number or birth date of an agent,
an agent reads nothing about the requester or other agents, and nobody reads who of the desk did
something (CJUE, C-579/21: when and why is theirs to know, not which employee).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from html import escape
from typing import Any

from bot.conversation.screens.layout import masked_value
from bot.conversation.session import drafts
from bot.conversation.texts import Text, Value, fill, load_texts, text, unescape
from bot.domain.dates import format_date, in_paris
from bot.domain.privacy import is_same_agent, mask_names, masked_third_party
from bot.domain.retention import Retention
from bot.domain.sensitive_data import redact_nirs
from bot.domain.ticket import Agent, Answer, Author, Ticket
from bot.storage.audit_log import REVEALS, STATUS_CHANGED, AuditEntry
from bot.storage.people import Person
from bot.storage.store import Database
from bot.storage.tickets import without_internal
from knowledge import Field

ExportedData = dict[str, Any]
"""Labels to texts, lists or contents again; fit for JSON."""

HIDDEN_NIR = "[NIR masqué]"
MOST_ENTRIES = 10_000

PAGE = """<!doctype html>
<html lang="fr">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 52rem;
  margin: 2rem auto; padding: 0 1rem; }}
h2 {{ font-size: 1.2rem; margin-top: 2rem; border-bottom: 1px solid; }}
section section {{ margin: 1rem 0; padding-left: 1rem; border-left: 3px solid #3b6ea5; }}
h3, h4, h5, h6 {{ font-size: 1rem; margin: .8rem 0 .2rem; }}
p {{ margin: .2rem 0; white-space: pre-wrap; overflow-wrap: anywhere; }}
</style>
<h1>{title}</h1>
{body}
</html>
"""


@dataclass(slots=True, kw_only=True)
class PersonalExport:
    """Writes copies of data, inside the caller's transaction.

    `fields` are the catalogue's. `for_desk` also copies what goes through the hands of the desk
    before it is given out: internal notes, and turns that failed. `pieces` are the files of what
    was copied, by the names that the copy gives them.
    """

    db: Database
    fields: Mapping[str, Field]
    retention: Retention
    now: datetime
    for_desk: bool = False
    pieces: dict[str, tuple[str, int]] = field(default_factory=dict)

    def of_requester(self, person: Person) -> ExportedData:
        """Everything that the desk keeps about somebody who writes to it."""
        references = [one.reference for one in self.db.tickets.of_person(person.id)]
        tickets = [self.db.tickets.even_restricted(one) for one in references]
        return {
            "Copie faite le": _moment(self.now),
            "Vous": {
                "Identité au guichet": person.id,
                "Adresses": list(person.addresses),
                "Courriel": person.profile.email or "non indiqué",
                "Employeurs": [one.named for one in person.profile.employers],
            },
            "Comptes PEP's reliés à vous": list(self._accounts(person)),
            "Demande commencée": list(self._drafts(person)),
            "Demandes déposées": [self._ticket(one) for one in tickets if one is not None],
            "Avis sur des articles": [
                f"{slug} : {'utile' if useful else 'pas utile'}, le {_moment(at)}"
                for slug, useful, at in self.db.statistics.votes_of(person.id)
            ],
            "Codes de confirmation envoyés": [
                _moment(at) for at in self.db.one_time_codes.sent_to(person.id)
            ],
            "Envois récents vers vous": self._sent(person),
            "Messages que le guichet n'a pas pu traiter": self._failed(person),
            "Journal": [line for one in (person.id, *references) for line in self._journal(one)],
        }

    def of_agent(self, reference: str, place: int, *, with_nir: bool) -> ExportedData | None:
        """What tickets say about one agent; `place` counts from 1. None without such an agent."""
        asked = self.db.tickets.even_restricted(reference)
        if asked is None or not 1 <= place <= len(asked.request.agents):
            return None
        wanted = asked.request.agents[place - 1]
        references = dict.fromkeys(
            named
            for named, _, agent in self.db.ticket_rights.every_agent()
            if is_same_agent(agent, wanted) or (named == reference and agent == wanted)
        )
        tickets = [self.db.tickets.even_restricted(one) for one in references]
        return {
            "Copie faite le": _moment(self.now),
            "Source": "Votre employeur, dans des demandes adressées au guichet (RGPD, article 14).",
            "Demandes qui vous nomment": [
                self._ticket(one, wanted=wanted, with_nir=with_nir)
                for one in tickets
                if one is not None
            ],
            "Journal": [line for one in references for line in self._journal(one)],
        }

    def files(self) -> Iterator[tuple[str, bytes]]:
        """The files of what was copied, with their contents."""
        for name, (reference, number) in self.pieces.items():
            found = self.db.attachments.content(reference, number)
            if found is not None:
                yield name, found[1]

    def _ticket(
        self, ticket: Ticket, *, wanted: Agent | None = None, with_nir: bool = False
    ) -> ExportedData:
        """A ticket for its requester or, where an agent is `wanted`, for that agent."""
        shown = ticket if self.for_desk else without_internal(ticket)
        request = shown.request
        others = [one for one in request.agents if wanted is None or not _is_it(one, wanted)]
        mine = [one for one in request.agents if wanted is not None and _is_it(one, wanted)]

        def free(words: str) -> str:
            return mask_names(redact_nirs(words, HIDDEN_NIR), others)

        about = {
            "Référence": shown.reference,
            "Déposée le": _moment(shown.filed_at),
            "État": _say(f"state.{shown.status}"),
            "Close le": _moment(shown.closed_at) if shown.closed_at else "non",
            "Objet": " > ".join(request.labels),
            "Fonds": request.fund or "sans objet",
            "Employeur": request.employer.named,
        }
        if wanted is None:
            about["Courriel de réponse"] = request.email or "aucun"
            about["Note donnée"] = str(shown.score or "aucune")
            words = self.db.tickets.score_words(shown.reference)
            about["Raison de la note"] = free(words) or "aucune"
        said: ExportedData = {
            **about,
            "Réponses": self._answers(request.answers),
            "Description": free(request.description),
            "Messages": [
                f"{_moment(one.written_at)}, {_author(one.author, one.internal)} : {free(one.text)}"
                for one in shown.messages
            ],
        }
        for number, agent in enumerate(others, 1):
            said[f"Autre personne {number}" if wanted else f"Agent {number} (masqué)"] = (
                "masquée" if wanted else self._answers(agent.answers, masked=True)
            )
        for agent in mine:
            said["Ce qui est dit de vous"] = self._answers(agent.answers, with_nir=with_nir)
        if wanted is not None and others and shown.pieces:
            said["Pièces"] = f"{len(shown.pieces)}, à relire : d'autres y figurent peut-être"
            return said
        pieces = {f"{shown.reference}-{one.number}.{one.type}": one for one in shown.pieces}
        self.pieces |= {name: (shown.reference, one.number) for name, one in pieces.items()}
        said["Pièces"] = list(pieces)
        return said

    def _answers(
        self, answers: tuple[Answer, ...], *, masked: bool = False, with_nir: bool = False
    ) -> ExportedData:
        said: ExportedData = {}
        for answer in answers:
            asked = self.fields.get(answer.key)
            label = asked.label.replace(" {date_of}", "") if asked else answer.key
            value = masked_third_party(answer) if masked else masked_value(answer)
            if with_nir and answer.is_sensitive:
                value = answer.value
            said[label] = value or "non indiqué"
        return said

    def _accounts(self, person: Person) -> Iterator[ExportedData]:
        for siret, account in self.db.accounts.linked_to(person.id):
            yield {
                "Employeur": siret,
                "Identifiant": account.identifier,
                "Titulaire": account.holder.name,
                "Courriel": account.holder.email or "non indiqué",
                "Fin": format_date(account.expires),
                "Derniers rappels": [
                    _told(occasion, day)
                    for (_, occasion), day in self.db.reminders.last_told(
                        (siret, account.id)
                    ).items()
                ],
            }

    def _drafts(self, person: Person) -> Iterator[ExportedData]:
        kept = {"draft_ttl": self.retention.draft, "nir_ttl": self.retention.nir}
        session = self.db.conversations.load(person.id, self.now, **kept)
        for draft in drafts(session):
            yield {
                "Question": redact_nirs(draft.question, HIDDEN_NIR),
                "Réponses": self._answers(draft.answers),
                "Agents (masqués)": [
                    self._answers(one.answers, masked=True) for one in draft.agents
                ],
            }

    def _sent(self, person: Person) -> list[str]:
        return [
            f"{_moment(one.created_at)} : {_say(f'copy.state_{one.state}')}"
            for address in person.addresses
            for one in self.db.outbox.of_lane(address, MOST_ENTRIES)
        ]

    def _failed(self, person: Person) -> list[str]:
        """Moments and references; the words, which are the person's own, for the desk alone."""
        found = []
        for one in self.db.failed_updates.newest(MOST_ENTRIES):
            if one.address in person.addresses:
                line = f"{_moment(one.failed_at)} : {one.reference}"
                words = self.db.failed_updates.open(one.reference) if self.for_desk else None
                found.append(f"{line}\n{redact_nirs(words, HIDDEN_NIR)}" if words else line)
        return found

    def _journal(self, subject: str) -> Iterator[str]:
        """When, what and why; who it was of the desk stays at the desk."""
        for entry in reversed(self.db.audit_log.entries(subject, limit=MOST_ENTRIES)):
            detail = ""
            if entry.what in REVEALS:
                detail = redact_nirs(entry.detail, HIDDEN_NIR)
            elif entry.what == STATUS_CHANGED:
                detail = _say(f"state.{entry.detail}")
            yield _say(
                "copy.entry",
                moment=_moment(entry.at),
                what=what_was_done(entry),
                subject=subject,
                detail=f" : {detail}" if detail else "",
            )


def what_was_done(entry: AuditEntry) -> Text:
    """A line of the audit log in words."""
    key = f"journal.{entry.what.replace('.', '_')}"
    return text(key if key in load_texts() else "journal.other")


def render_json(content: ExportedData) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def export_page(title: str, content: ExportedData) -> str:
    """One page, which loads and runs nothing."""
    return PAGE.format(title=escape(title), body="\n".join(_lines(content, 2)))


def _lines(value: Any, level: int) -> Iterator[str]:
    match value:
        case dict():
            for label, inner in value.items():
                if isinstance(inner, str):
                    yield f"<p><strong>{escape(label)}</strong> : {escape(inner)}</p>"
                    continue
                yield f"<section><h{level}>{escape(label)}</h{level}>"
                yield from _lines(inner or ["Rien."], min(level + 1, 6))
                yield "</section>"
        case list():
            for inner in value:
                if isinstance(inner, str):
                    yield f"<p>{escape(inner)}</p>"
                else:
                    yield "<section>"
                    yield from _lines(inner, level)
                    yield "</section>"
        case _:
            yield f"<p>{escape(str(value))}</p>"


def _is_it(one: Agent, wanted: Agent) -> bool:
    return one == wanted or is_same_agent(one, wanted)


def _author(author: Author, internal: bool) -> str:
    return "note interne" if internal else _say(f"outside.{author}")


def _told(occasion: str, day: date) -> str:
    """A reminder of an account; the occasion of a threshold is its number of days."""
    when = text("copy.told_leaving")
    if occasion.lstrip("-").isdecimal():
        days = int(occasion)
        when = text("copy.told_before", days=days) if days > 0 else text("copy.told_after")
    return _say("copy.told", day=format_date(day), occasion=when)


def _say(key: str, **values: Value) -> str:
    return unescape(fill(text(key, **values))).strip()


def _moment(moment: datetime) -> str:
    return f"{in_paris(moment):%d/%m/%Y %H:%M}"
