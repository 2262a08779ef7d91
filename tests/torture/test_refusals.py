"""Refusals: whatever is given for an answer, who gave it reads what to do, in French."""

from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.french import strange_in
from support.talking import A_NIR, A_SIRET, NOW
from torture.drawn import ODD
from torture.test_doors import calm

from bot.connectors.email import Email, write_message
from bot.conversation.context import Context
from bot.conversation.fields import FIELD_READERS, ChoiceFault, ParserInput, parse_answer
from bot.conversation.questions import Draft, Question
from bot.conversation.texts import load_texts
from bot.domain.account import parse_identifier
from bot.domain.account_changes import Refusal
from bot.domain.account_import import LineFault
from bot.domain.attachment import AttachmentFault, RefusedAttachmentError, check_attachment
from bot.domain.errors import Fault, InvalidAnswerError
from bot.domain.people import Profile, parse_email
from bot.domain.spreadsheet import SpreadsheetFault
from bot.services.advisor_tickets import ActionError, ActionWarning
from knowledge import Field, KnowledgeBase
from knowledge.catalogue import Scope

TODAY = NOW.date()
NUMBERS = (A_NIR, A_NIR[:-1], A_SIRET, A_SIRET[:-1] + "1", "-12,5", "1 234,567", "88W", "0")
DATES = ("31/02/2026", "03/06/85", "du 31/08/2021 au 01/09/2019", "２０２６", "99999999999999")
NAMES = ("Durand", "Dur4nd", "?", "je sais pas", "a@b", f"{'a' * 65}@mairie-exemple.fr", "a@b.fr")
NEARLY = st.sampled_from(
    (*NUMBERS, *DATES, *NAMES, "+33 6 12 34 56 78", "<a@b.fr>", "a@b.fr\nTo: c")
)
PROFILE = Profile()
KINDS = sorted(set(FIELD_READERS) - {"nir_key"})


@calm
@given(st.sampled_from(KINDS), ODD | NEARLY)
def test_answers_of_any_words(knowledge: KnowledgeBase, kind: str, typed: str) -> None:
    field = Field(
        key="x", kind=kind, scope=Scope.TICKET, label="", question="", hint="", help="", words=()
    )
    form = knowledge.catalogue.sous_motifs[0].path
    context = Context(knowledge=knowledge, profile=PROFILE, today=TODAY, identity="d")
    try:
        parse_answer(typed, ParserInput(Question(field), Draft(identity="d", path=form), context))
    except InvalidAnswerError as error:
        assert_explained(f"fault.{error.fault}")


@calm
@given(ODD | NEARLY)
def test_identifiers_of_any_words(typed: str) -> None:
    try:
        parse_identifier(typed)
    except InvalidAnswerError as error:
        assert_explained(f"fault.{error.fault}")


@calm
@given(st.from_regex(r"[\w.+'=!#$%&*/?^`{|}~-]{1,70}@[\w.-]{1,40}\.[a-z]{2,5}") | ODD)
def test_a_letter_reaches_whatever_was_taken_for_an_address(typed: str) -> None:
    try:
        address = parse_email(typed)
    except InvalidAnswerError as error:
        assert_explained(f"fault.{error.fault}")
        return
    letter = Email(key="a/1", recipient=address, subject="Objet", words="Bonjour.", at=NOW)
    written = write_message(letter, "guichet@mairie-exemple.fr")
    (reached,) = written["To"].addresses

    assert reached.addr_spec == address
    assert written.as_bytes().count(b"\nTo: ") == 1


@calm
@given(st.binary(max_size=60) | st.sampled_from((b"PK\x03\x04", b"%PDF-", b"RIFF....WEBP")))
def test_pieces_of_any_bytes(content: bytes) -> None:
    try:
        check_attachment(content, most_bytes=50)
    except RefusedAttachmentError as error:
        assert_explained(f"pieces.{error.fault}")


@pytest.mark.parametrize(
    ("area", "kinds"),
    [
        ("fault", Fault),
        ("fault", ChoiceFault),
        ("line", LineFault),
        ("sheet", SpreadsheetFault),
        ("pieces", AttachmentFault),
        ("refusal", Refusal),
        ("desk", ActionError),
        ("desk", ActionWarning),
    ],
)
def test_every_reason_for_a_refusal_has_its_sentence(area: str, kinds: type[StrEnum]) -> None:
    for one in kinds:
        assert_explained(one.value if isinstance(one, LineFault) else f"{area}.{one.value}")


def assert_explained(key: str) -> None:
    """There is a sentence, and it is a French one."""
    words = load_texts()[key]
    assert not [one for one in strange_in(words) if not one.startswith("{")], words
