"""What other systems wrote on our tickets, as replies: what all of them have in common.

An answer is public and of somebody who works there. What became public is another event than the
note that it was; what was corrected keeps its name and has another revision.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bot.connectors.ticket_text import OURS_ENDS
from bot.conversation.texts import fill, text
from bot.domain.ticket import TicketStatus
from bot.domain.ticket_export import ExternalReply, ExternalTicket


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One thing that was written over there; `name` is its own (`followup/12`).

    `their_id` is the number by which our own are known, empty where ours have none of that kind;
    `has_piece` that a picture or document is with it, which stays over there.
    """

    name: str
    words: str
    their_id: str = ""
    is_private: bool = False
    by_requester: bool = False
    has_piece: bool = False

    @property
    def is_ours(self) -> bool:
        """A desk wrote it, this one or another: it ends with the name that desks sign with."""
        return bool(OURS_ENDS.search(self.words))


def reply_of(copy: ExternalTicket, one: Written) -> ExternalReply:
    words = one.words
    if one.has_piece:
        piece = fill(text("outside.piece_there" if one.by_requester else "outside.picture"))
        words = f"{words}\n\n{piece}".strip()
    name = f"{one.name}/private" if one.is_private else one.name
    return ExternalReply(
        event_id=f"{copy.reference}/{name}",
        their_id=one.their_id,
        reference=copy.reference,
        words=words,
        revision=hashlib.sha256(words.encode()).hexdigest()[:16],
        internal=one.is_private,
        by_requester=one.by_requester,
    )


def as_read(copy: ExternalTicket, written: Iterable[Written]) -> Iterator[ExternalReply]:
    """What stood in the ticket that ours was merged into was written to somebody else: it counts
    as read, without its words."""
    return (replace(reply_of(copy, one), words="") for one in written)


def status_reply(copy: ExternalTicket, status: TicketStatus, theirs: str) -> ExternalReply:
    return ExternalReply(event_id="", reference=copy.reference, status=status, their_status=theirs)


def moved_reply(copy: ExternalTicket, target: str, system: str) -> ExternalReply:
    """A note that the ticket was merged into another one, which is followed from now on."""
    words = text("outside.merged", system=system, number=copy.their_id, target=target)
    return ExternalReply(
        event_id=f"{copy.reference}/merged/{target}",
        reference=copy.reference,
        words=fill(words),
        internal=True,
        moved_to=target,
    )


def deleted_reply(copy: ExternalTicket, system: str) -> ExternalReply:
    """A note that the ticket is there no more."""
    words = text("outside.deleted", system=system, number=copy.their_id)
    name = f"{copy.reference}/deleted/{copy.their_id}"
    return ExternalReply(event_id=name, reference=copy.reference, words=fill(words), internal=True)
