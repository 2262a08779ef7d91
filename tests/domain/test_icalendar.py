"""A calendar file holds the lines that the desk writes, and no others."""

from datetime import UTC, date, datetime

import pytest

from bot.domain.icalendar import CalendarDay, render_calendar


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x85", "\u2028"])
def test_words_make_no_line_of_their_own(end: str) -> None:
    words = f"Petit{end}END:VEVENT{end}BEGIN:VALARM"
    day = CalendarDay(uid="1", day=date(2026, 12, 1), summary=words, description=words)
    lines = render_calendar([day], datetime(2026, 11, 23, 9, tzinfo=UTC)).decode().split("\r\n")
    assert lines.count("END:VEVENT") == 1
    assert lines.count("BEGIN:VALARM") == 1
    assert all(len(line.splitlines()) <= 1 for line in lines)
    assert r"SUMMARY:Petit\nEND:VEVENT\nBEGIN:VALARM" in lines
