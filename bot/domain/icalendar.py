"""Calendar files (.ics, RFC 5545): the coming expiries as days in an agenda."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDay:
    """A whole day in an agenda; `uid` stays the same when the day is sent again."""

    uid: str
    day: date
    summary: str
    description: str = ""


def render_calendar(days: Iterable[CalendarDay], now: datetime) -> bytes:
    """A calendar with an alarm a week before each day, at nine."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Guichet//Comptes PEP's//FR"]
    for one in days:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{one.uid}@guichet",
            f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            f"DTSTART;VALUE=DATE:{one.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{one.day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_escape(one.summary)}",
            f"DESCRIPTION:{_escape(one.description)}",
            "TRANSP:TRANSPARENT",
            *("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{_escape(one.summary)}"),
            *("TRIGGER:-P6DT15H", "END:VALARM", "END:VEVENT"),
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _fold(line)).encode()


def _escape(words: str) -> str:
    """One line, whatever ends a line in the words: no line of the file is of their making."""
    for mark in "\\;,":
        words = words.replace(mark, f"\\{mark}")
    return "\\n".join(words.splitlines())


def _fold(line: str) -> Iterator[str]:
    """At most 75 bytes a line; the rest goes on behind a space."""
    held = ""
    for character in line:
        if len((held + character).encode()) > 74:
            yield held
            held = " "
        held += character
    yield held
