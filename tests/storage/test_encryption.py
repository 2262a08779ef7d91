"""Encryption: what is sealed opens in its place only, whole or not at all."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from storage.samples import A_NIR, ANOTHER_NIR

from bot.storage.encryption import Encryption, Place, SealError
from bot.storage.keys import make_key, make_keys

HERE = Place("ticket", "draft-1", "content")
KEYS = make_keys()
ENCRYPTION = Encryption(KEYS)


@given(st.text())
def test_what_was_sealed_opens(text: str) -> None:
    assert ENCRYPTION.open(ENCRYPTION.seal(text, HERE), HERE) == text


def test_half_an_emoji_is_kept_too() -> None:
    half = "\ud83d"

    assert ENCRYPTION.open(ENCRYPTION.seal(half, HERE), HERE) == half


def test_the_same_text_never_looks_the_same() -> None:
    assert ENCRYPTION.seal(A_NIR, HERE) != ENCRYPTION.seal(A_NIR, HERE)
    assert A_NIR.encode() not in ENCRYPTION.seal(A_NIR, HERE)


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(HERE, table="ticket_agent"),
        replace(HERE, row="draft-2"),
        replace(HERE, column="answers"),
        Place("ticketdraft-1", "", "content"),
    ],
)
def test_what_was_moved_does_not_open(elsewhere: Place) -> None:
    with pytest.raises(SealError):
        ENCRYPTION.open(ENCRYPTION.seal("secret", HERE), elsewhere)


def test_one_flipped_bit_anywhere_is_noticed() -> None:
    sealed = ENCRYPTION.seal("secret", HERE)
    for bit in range(8 * len(sealed)):
        flipped = bytearray(sealed)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealError):
            ENCRYPTION.open(bytes(flipped), HERE)


@pytest.mark.parametrize("length", range(40))
def test_what_was_cut_off_does_not_open(length: int) -> None:
    with pytest.raises(SealError):
        ENCRYPTION.open(ENCRYPTION.seal("secret", HERE)[:length], HERE)


def test_the_newest_key_seals_and_all_open() -> None:
    before = ENCRYPTION.seal("before", HERE)
    newest = make_key()
    encryption = Encryption(replace(KEYS, seals=(*KEYS.seals, newest)))

    after = encryption.seal("after", HERE)

    assert encryption.open(before, HERE) == "before"
    assert encryption.open(after, HERE) == "after"
    assert newest.id.encode() in after
    with pytest.raises(SealError):
        ENCRYPTION.open(after, HERE)


def test_an_error_tells_where_and_nothing_else() -> None:
    with pytest.raises(SealError) as raised:
        ENCRYPTION.open(ENCRYPTION.seal(A_NIR, HERE), replace(HERE, row=A_NIR))

    assert A_NIR not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_fingerprint_knows_the_same_text_again_for_the_same_purpose_only() -> None:
    mine = ENCRYPTION.fingerprint("event", A_NIR)

    assert ENCRYPTION.fingerprint("event", A_NIR) == mine
    assert ENCRYPTION.fingerprint("event", ANOTHER_NIR) != mine
    assert ENCRYPTION.fingerprint("code", A_NIR) != mine
    assert ENCRYPTION.fingerprint(f"event{A_NIR}") != mine
    assert len(mine) == 32
    assert Encryption(make_keys()).fingerprint("event", A_NIR) != mine


def test_a_fingerprint_is_the_same_by_newer_keys() -> None:
    newer = Encryption(replace(KEYS, seals=(*KEYS.seals, make_key())))

    assert newer.fingerprint("event", A_NIR) == ENCRYPTION.fingerprint("event", A_NIR)
