"""The vault: what is sealed opens in its place only, whole or not at all."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from storage.samples import A_NIR, ANOTHER_NIR, HOSPITAL, MAIRIE

from bot.storage.encryption import Encryption, Place, SealError
from bot.storage.keys import Keys, make_key

HERE = Place("ticket", "draft-1", "content")
KEYRING = Keys(seals=(make_key(),), fingerprints=(make_key(),))
VAULT = Encryption(KEYRING)


@given(st.text())
def test_what_was_sealed_opens(text: str) -> None:
    assert VAULT.open(VAULT.seal(text, HERE), HERE) == text


def test_half_an_emoji_is_kept_too() -> None:
    half = "\ud83d"

    assert VAULT.open(VAULT.seal(half, HERE), HERE) == half


def test_the_same_text_never_looks_the_same() -> None:
    assert VAULT.seal(A_NIR, HERE) != VAULT.seal(A_NIR, HERE)
    assert A_NIR.encode() not in VAULT.seal(A_NIR, HERE)


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
        VAULT.open(VAULT.seal("secret", HERE), elsewhere)


def test_one_flipped_bit_anywhere_is_noticed() -> None:
    sealed = VAULT.seal("secret", HERE)
    for bit in range(8 * len(sealed)):
        flipped = bytearray(sealed)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealError):
            VAULT.open(bytes(flipped), HERE)


@pytest.mark.parametrize("length", range(40))
def test_what_was_cut_off_does_not_open(length: int) -> None:
    with pytest.raises(SealError):
        VAULT.open(VAULT.seal("secret", HERE)[:length], HERE)


def test_the_newest_key_seals_and_all_open() -> None:
    before = VAULT.seal("before", HERE)
    newest = make_key()
    vault = Encryption(replace(KEYRING, seals=(*KEYRING.seals, newest)))

    after = vault.seal("after", HERE)

    assert vault.open(before, HERE) == "before"
    assert vault.open(after, HERE) == "after"
    assert newest.id.encode() in after
    with pytest.raises(SealError):
        VAULT.open(after, HERE)


def test_an_error_tells_where_and_nothing_else() -> None:
    with pytest.raises(SealError) as raised:
        VAULT.open(VAULT.seal(A_NIR, HERE), replace(HERE, row=A_NIR))

    assert A_NIR not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_fingerprint_finds_the_same_nir_at_the_same_employer_only() -> None:
    mine = VAULT.fingerprint(A_NIR, MAIRIE.siret)

    assert VAULT.fingerprint(A_NIR, MAIRIE.siret) == mine
    assert VAULT.fingerprint(A_NIR[:13], MAIRIE.siret) == mine  # given without its key
    assert VAULT.fingerprint("2 85.06-01 999 123", MAIRIE.siret) == mine
    assert VAULT.fingerprint(A_NIR, HOSPITAL.siret) != mine
    assert VAULT.fingerprint(ANOTHER_NIR, MAIRIE.siret) != mine
    assert len(mine) == 32
    assert (
        Encryption(replace(KEYRING, fingerprints=(make_key(),))).fingerprint(A_NIR, MAIRIE.siret)
        != mine
    )
