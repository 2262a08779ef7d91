"""Numbers in parts: a NIR typed in two or three messages within a minute is seen as one.

Each text leaves its end in the session, sealed like the rest of it, with the messages it stood in.
The next text is read behind it. Storage forgets the end when a minute has passed.
"""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.conversation.context import Context
from bot.conversation.events import Event, Leaked, Notified, Typed
from bot.conversation.input import expects_nir
from bot.conversation.session import NumberPart, Session, written_in
from bot.conversation.states import Addressing, Browsing, Idle, Reading
from bot.domain.redaction import Secret, redact
from bot.domain.sensitive_data import find_nirs

PARTS_WITHIN: Final = timedelta(minutes=1)
_END: Final = 60  # characters: a NIR letter by letter, with signs in between
_ONLY_NUMBERS: Final = re.compile(r"[^A-Za-z]*(?:[12]?[AaBb][^A-Za-z]*)?")


def complete_number(
    session: Session, event: Event, context: Context
) -> tuple[Session, Event, str] | None:
    """The session without the first part, the second one without its number, and the messages of
    the first; None where both together hold no NIR, or one of them a whole one.

    Where a NIR is asked for, the event is both parts: the answer.
    """
    part = session.number_part
    if part is None or not isinstance(event, Typed) or find_nirs(event.text):
        return None
    joined, seam = f"{part.text} {event.text}", len(part.text)
    ends = [span.end for span in find_nirs(joined) if span.start < seam < span.end]
    if not ends:
        return None
    if expects_nir(session.state, joined, context):
        return replace(session, number_part=None), Typed(joined), part.message
    rest = redact(joined[ends[-1] :])
    return _without(session, part), Leaked(Secret.NIR, rest), part.message


def _without(session: Session, part: NumberPart) -> Session:
    """The session without what its last texts left in it: half a NIR is no answer, no question."""
    state, draft = session.state, session.state.draft
    if isinstance(state, Addressing | Browsing | Reading):
        return replace(session, state=Idle(draft=draft), number_part=None)
    if draft is not None:
        for message in part.message.split(","):
            for source in written_in(draft, message):
                draft = draft.without_answer(source.key, source.agent)
        state = replace(state, draft=draft)
    return replace(session, state=state, number_part=None)


def number_part(session: Session, event: Event, message: str) -> NumberPart | None:
    """What this turn leaves for the next: the end of a text that holds digits and no whole NIR."""
    if isinstance(event, Notified):
        return session.number_part
    if not isinstance(event, Typed) or find_nirs(event.text):
        return None
    before = session.number_part
    if before is not None and _ONLY_NUMBERS.fullmatch(event.text):
        text = f"{before.text} {event.text}"[-_END:]
        return NumberPart(text, f"{before.message},{message}")
    end = event.text[-_END:]
    return NumberPart(end, message) if any(map(str.isdigit, end)) else None
