"""No text holds the desk: every pattern of the product is linear, every detector has a limit."""

import re

import pytest
from support.patterns import Pattern, TooSlowError, all_patterns, try_at_sizes

from bot.domain import short_replies
from bot.domain.account_requests import account_command_of
from bot.domain.passwords import announces_secret
from bot.domain.sensitive_data import LONGEST_TEXT, find_nirs, redact_nirs
from bot.domain.values import is_empty_answer

SHARES = 6


@pytest.mark.parametrize("share", range(SHARES))
def test_every_pattern_reads_texts_made_of_its_own_words_in_linear_time(share: int) -> None:
    for pattern in all_patterns()[share::SHARES]:
        try_at_sizes(pattern)


@pytest.mark.parametrize("written", [r"(?:a|aa)+b", r"x(?: (?:sms|(?:par )?sms))+ \d", r"(.*)*c"])
def test_a_pattern_that_is_not_is_seen(written: str) -> None:
    pattern = Pattern("here", re.compile(written), frozenset({"search"}))
    with pytest.raises(TooSlowError):
        try_at_sizes(pattern, seconds=0.3)


def test_the_message_that_once_stopped_the_desk() -> None:
    assert not announces_secret("code " + "sms " * 40 + "x")


@pytest.mark.parametrize("read", [
    short_replies.agrees, short_replies.announces_correction, short_replies.asks_back,
    short_replies.asks_meaning_alone, short_replies.command_of,
    short_replies.follows_up, is_empty_answer, short_replies.is_polite,
    short_replies.kept_value, short_replies.list_position_of, short_replies.reads_like_a_question,
    short_replies.short_replies_of,
    lambda text: account_command_of(text, administers=True),
])  # fmt: skip
@pytest.mark.parametrize("start", ["oui ", "je n'ai pas ", "garder : ", "importer mes comptes "])
def test_a_story_is_no_short_reply(read, start: str) -> None:  # type: ignore[no-untyped-def]
    assert not read(start + "et encore " * short_replies.LONGEST_REPLY)


def test_what_nobody_can_have_typed_is_withheld_unread() -> None:
    text = "a" * LONGEST_TEXT + "b" * 20
    assert redact_nirs(text, "#") == "a" * LONGEST_TEXT + "#"
    assert find_nirs("a" * LONGEST_TEXT) == []
    assert announces_secret(text)
