"""Reveals: a NIR or a piece shown to one advisor, in their private chat, for a reason that is kept.

The reason is a button; who, which and why are in the journal in the same commit as the order to
show it. What could not be shown within a minute is not shown late.
"""

from datetime import timedelta

from bot.channels.telegram.staff.context import AdvisorContext, Rows, plain
from bot.conversation.display import attachment_line
from bot.conversation.texts import Text, text

REVEAL, PIECE = "reveal", "piece"
REASONS = ("treatment", "identity", "control")
LIFE = timedelta(minutes=1)
"""Who asked has gone on by then."""


def ask_why_nir(visit: AdvisorContext, payload: str) -> None:
    """`/reveler 1`: the NIR of the first agent."""
    agents = visit.ticket.request.agents
    agent = _number(payload)
    if not 1 <= agent <= len(agents):
        visit.say(text("staff.which_agent", agents=len(agents)))
        return
    visit.say(text("staff.why", agent=agent), _reasons(REVEAL, agent))


def ask_why_piece(visit: AdvisorContext, payload: str) -> None:
    """`/piece 2`: the second piece; without a number, which ones there are."""
    piece = visit.ticket.piece(_number(payload))
    if piece is None:
        visit.say(_which_piece(visit))
        return
    visit.say(text("staff.why_piece", piece=attachment_line(piece)), _reasons(PIECE, piece.number))


def _which_piece(visit: AdvisorContext) -> Text:
    pieces = visit.ticket.pieces
    if not pieces:
        return text("staff.no_piece")
    lines = tuple(text("layout.bullet", words=attachment_line(piece)) for piece in pieces)
    return text("staff.which_piece", lines=lines)


def reveal(visit: AdvisorContext, kind: str, number: int, reason: str) -> None:
    """To the private chat of who asked, and to nobody else."""
    if kind == REVEAL:
        if not 1 <= number <= len(visit.ticket.request.agents):
            return
        visit.tickets_for().reveal(visit.reference, f"agent {number}: {reason}")
    elif not visit.tickets_for().reveal_piece(visit.reference, number, reason):
        return
    payload = {
        "reference": visit.reference,
        "what": kind,
        "number": number,
        "until": (visit.now + LIFE).isoformat(),
        "chat_id": visit.place.chat_id,
        "reply_to": visit.place.message_id,
    }
    visit.db.outbox.add(visit.own_lane, "reveal", payload, visit.now)


def _reasons(kind: str, number: int) -> Rows:
    return [
        [(plain(text(f"staff.reason_{reason}")), f"{kind}~{number}~{reason}")] for reason in REASONS
    ]


def _number(payload: str) -> int:
    return int(payload) if payload.isdecimal() and len(payload) < 4 else 0
