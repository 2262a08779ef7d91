"""How long each thing is kept, and the same in words for the privacy notice."""

from dataclasses import dataclass
from datetime import timedelta

_NUMBERS = ("", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long things are kept; built by the settings, applied by `bot.storage.retention`.

    `draft` counts from its beginning, `nir` from the first NIR of a draft, `session` and `silent`
    from the last turn, `ticket` from its closing, `open_ticket` from the last thing done about it,
    `deleted_account` from the deletion, `rights` from the answer, the others from the moment they
    were recorded. A ticket that nobody works on is told of first, and closed `closing` later.
    An attachment goes with its ticket, or with the draft that it was sent for.
    """

    draft: timedelta = timedelta(hours=24)
    nir: timedelta = timedelta(hours=1)
    session: timedelta = timedelta(days=30)
    sent: timedelta = timedelta(days=7)
    buried: timedelta = timedelta(days=30)
    received: timedelta = timedelta(days=7)
    held_text: timedelta = timedelta(days=7)
    kept_aside: timedelta = timedelta(days=30)
    ticket: timedelta = timedelta(days=3 * 365)
    unanswered: timedelta = timedelta(days=365)
    upload: timedelta = timedelta(days=1)
    code: timedelta = timedelta(days=2)
    invitation: timedelta = timedelta(days=30)
    figure: timedelta = timedelta(days=2 * 365)
    vote: timedelta = timedelta(days=2 * 365)
    open_ticket: timedelta = timedelta(days=365)
    closing: timedelta = timedelta(days=30)
    silent: timedelta = timedelta(days=2 * 365)
    audit: timedelta = timedelta(days=365)
    deleted_account: timedelta = timedelta(days=3 * 365)
    web: timedelta = timedelta(hours=24)
    rights: timedelta = timedelta(days=5 * 365)


def render_period(period: timedelta) -> str:
    """A period in French words: « une heure », « 24 heures », « 30 jours », « trois ans ».

    Up to two days it is said in hours, whole years of 365 days in years, all else in days.
    """
    if period <= timedelta(days=2):
        return _count(period // timedelta(hours=1), "une", "heure")
    if period.days % 365 == 0:
        return _count(period.days // 365, "un", "an")
    return _count(period.days, "un", "jour")


def _count(number: int, one: str, unit: str) -> str:
    if number == 1:
        return f"{one} {unit}"
    words = _NUMBERS[number] if number < len(_NUMBERS) else str(number)
    return f"{words} {unit}s"
