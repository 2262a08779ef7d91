"""A ticket as text for another system: in French, line by line, its NIRs as the setting says; and
texts as HTML, there and back."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from html import escape
from html import unescape as decoded

from bot.conversation.questions import FIXED_OPTIONS, KEY_UNCHECKED, MISSING
from bot.conversation.screens.layout import attachment_line
from bot.conversation.texts import Text, fill, text, unescape
from bot.domain.dates import in_paris
from bot.domain.ticket import MASK, Answer, Ticket
from bot.domain.ticket_export import ExportItem, NirShown, TicketExport
from knowledge.catalogue import SENSITIVE_KINDS, Catalogue, Field

_TAG = re.compile(r"</?[a-z][^<>]*>|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
_LINE_END = re.compile(r"<(?:br|/p|/div|/li|/h\d|/tr)\b[^<>]*>", re.IGNORECASE)
_LINK = re.compile(
    r"<a\b[^<>]{0,200}?href=\"([^\"<>]{1,500})\"[^<>]{0,200}>([^<]{0,500})</a>", re.IGNORECASE
)
_ENCODED_TAG = re.compile(r"(?:&lt;|&#60;|&#x3c;)[/!]?[a-z-]", re.IGNORECASE)
OURS_ENDS = re.compile(r"(?:^|\n)\[(?:[0-9a-f]{8}/)?PEPS-\d{4}-\d{6,}(?:/[\w/]+)?\]$")
"""The last line of what a desk wrote, this one or another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFormatter:
    """Writes tickets and what is added to them.

    `catalogue` has the words of the forms; `nir` is how NIRs are shown; `place` says where a ticket
    is seen whole, `{reference}` in it being replaced.
    """

    catalogue: Catalogue
    nir: NirShown
    place: str

    def title(self, export: TicketExport) -> str:
        """« [PEPS-2026-000001] Sous-motif »: the reference stands in it, whatever happens."""
        ticket = export.ticket
        return f"[{ticket.reference}] {ticket.request.labels[2]}"

    def lines(self, export: TicketExport) -> Iterator[str]:
        """What is to be read, without any markup."""
        match export.item:
            case ExportItem.TICKET:
                yield from self.ticket_lines(export.ticket)
            case ExportItem.MESSAGE if export.message is not None:
                author = _say(text(f"outside.{export.message.author}"))
                moment = in_paris(export.message.written_at)
                yield f"{author}, le {moment:%d/%m/%Y à %H:%M} :"
                yield from export.message.text.split("\n")
                yield from piece_lines(export.ticket, export.message.place)
            case _:
                status = export.status or export.ticket.status
                yield _say(text("outside.status", status=text(f"state.{status}")))
        yield ""
        yield self.where(export.ticket)

    def where(self, ticket: Ticket) -> str:
        place = self.place.replace("{reference}", ticket.reference)
        return _say(text("outside.where", place=place))

    def ticket_lines(self, ticket: Ticket) -> Iterator[str]:
        request = ticket.request
        yield f"{' > '.join(request.labels)}"
        yield f"Employeur : {request.employer.named}"
        assurance = _say(text(f"assurance.{request.assurance}"))
        yield f"Demandeur : {assurance}, {request.email or 'sans adresse électronique'}"
        if request.fund:
            yield f"Fonds : {request.fund}"
        if ticket.follows:
            yield f"Fait suite à : {ticket.follows}"
        for answer in request.answers:
            yield self._answer(answer, ticket)
        for place, agent in enumerate(request.agents, 1):
            yield f"Agent {place} :"
            for answer in agent.answers:
                yield f"  {self._answer(answer, ticket)}"
        yield ""
        yield from request.description.split("\n")
        yield from piece_lines(ticket, None)

    def value(self, answer: Answer, ticket: Ticket) -> str:
        """The value of an answer, fit for where it goes."""
        if not answer.value:
            return _say(text("answer.missing" if answer.note == MISSING else "answer.left_out"))
        field = self._field(answer, ticket)
        if field is not None and field.kind in FIXED_OPTIONS:
            return _say(text(f"option.{answer.value}"))
        if field is not None:  # what is sensitive goes by the kind of the field, under any key
            answer = replace(answer, key=field.kind) if field.kind in SENSITIVE_KINDS else answer
        if not answer.is_sensitive or self.nir is NirShown.CLEAR:
            return answer.value
        if self.nir is NirShown.LINK or answer.masked == MASK:
            return self.place.replace("{reference}", ticket.reference)
        return answer.masked

    def label(self, answer: Answer, ticket: Ticket) -> str:
        """The words of the form: « Date de la nomination », not « Date »."""
        field = self._field(answer, ticket)
        return field.label.replace(" {date_of}", "") if field else answer.key

    def _field(self, answer: Answer, ticket: Ticket) -> Field | None:
        return self.catalogue.fields_of(ticket.request.path).get(answer.key)

    def _answer(self, answer: Answer, ticket: Ticket) -> str:
        label = self.label(answer, ticket)
        value = self.value(answer, ticket)
        if answer.note == KEY_UNCHECKED:
            value = _say(text("answer.key_unchecked", value=value))
        return f"{label} : {value}"


def piece_lines(ticket: Ticket, place: int | None) -> Iterator[str]:
    """What came along, named; who wants to see it looks for it at the desk."""
    return (_say(attachment_line(piece)) for piece in ticket.pieces_at(place))


def signed_html(lines: Iterable[str], key: str) -> str:
    """Lines as HTML, the name of this very thing at their end: so it is known again.

    Quotes stay as they are: GLPI writes them as entities into the text part of its mails.
    """
    return "<br>".join(escape(line, quote=False) for line in (*lines, f"[{key}]"))


def ends_with_key(content: object, key: str) -> bool:
    """Whether HTML from over there ends with a name of ours."""
    return text_from_html(str(content or "")).endswith(f"[{key}]")


def text_from_html(content: str) -> str:
    """What is kept there as HTML, as text. GLPI 10 encodes what it keeps once more."""
    is_encoded = not _TAG.search(content) and _ENCODED_TAG.search(content)
    html = decoded(content) if is_encoded else content
    linked = _LINK.sub(_with_address, html)
    return decoded(_TAG.sub("", _LINE_END.sub("\n", linked))).strip()


def _with_address(link: re.Match[str]) -> str:
    """« Voir cette page (https://…) »: the address of a link is part of what is said."""
    address, words = link[1], link[2]
    return words if address in words or address.startswith("#") else f"{words} ({address})"


def _say(said: Text) -> str:
    return unescape(fill(said)).strip()
