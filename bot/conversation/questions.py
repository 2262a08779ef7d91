"""The questions of a form: which are asked for a draft, in which order, which are still open."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.conversation.context import Context
from bot.conversation.questions import Draft
from bot.domain.dates import parse_date
from bot.domain.identifiers import NIR_LENGTH, Nir, parse_nir
from bot.domain.ticket import Answer
from knowledge import Field, Scope, SousMotif

KEY_UNCHECKED = "nir.key_unchecked"
"""The note of a NIR of 13 characters: a slip of the finger would not have been seen."""

FROM_PROFILE = "profile"
"""The note of an answer that the profile gave: it is not asked, but it can be changed."""


@dataclass(frozen=True, slots=True)
class Question:
    """A field to ask; of which agent (its place), where it is an agent's."""

    field: Field
    agent: int | None = None


def sous_motif_of(draft: Draft, context: Context) -> SousMotif:
    """The sous-motif of a draft on its way; `machine.advance` has seen to it that it exists."""
    sous_motif = context.knowledge.catalogue.sous_motif(draft.path)
    if sous_motif is None:
        raise LookupError("a draft without a sous-motif has no questions")
    return sous_motif


def is_withdrawn(draft: Draft | None, context: Context) -> bool:
    """Whether the sous-motif of a draft has left the catalogue meanwhile."""
    if draft is None or not draft.path:
        return False
    return context.knowledge.catalogue.sous_motif(draft.path) is None


def plan(draft: Draft, context: Context) -> tuple[Question, ...]:
    """Every question of the form, answered or not, in the order in which they are asked."""
    return tuple(_plan(draft, context, sous_motif_of(draft, context)))


def pending(draft: Draft, context: Context) -> tuple[Question, ...]:
    """The questions still without an answer."""
    given = {(answer.key, None) for answer in draft.answers} | {
        (answer.key, place) for place, one in enumerate(draft.agents) for answer in one.answers
    }
    return tuple(q for q in plan(draft, context) if (q.field.key, q.agent) not in given)


def _plan(draft: Draft, context: Context, sous_motif: SousMotif) -> Iterator[Question]:
    fields = context.knowledge.catalogue.fields
    told = {answer.key for answer in draft.answers if answer.note == FROM_PROFILE}
    for field in _ticket_fields(context, sous_motif):
        if field.key not in told:
            yield Question(field)
    if sous_motif.names_agents:
        for agent in range(len(draft.agents)):
            for field in _agent_fields(draft, agent, context, sous_motif):
                yield Question(field, agent)
    yield Question(fields["description"])
    if "email" not in told:
        yield Question(fields["email"])


def _ticket_fields(context: Context, sous_motif: SousMotif) -> Iterator[Field]:
    """Fund, employer and what else the form asks once a ticket."""
    fields = context.knowledge.catalogue.fields
    form = [field for field in sous_motif.fields if field.scope is Scope.TICKET]
    keys = {field.key for field in form}
    if len(sous_motif.fund_choices) > 1 and "fonds_dest" not in keys:
        yield fields["fund"]
    for field in form if "siret" in keys else [fields["siret"], *form]:
        yield field
        if field.key == "siret":
            yield fields["employer_name"]


def _agent_fields(
    draft: Draft, agent: int, context: Context, sous_motif: SousMotif
) -> Iterator[Field]:
    """The fields of one agent, with those that an absent, short or doubtful NIR adds.

    Without a NIR an agent is known by name and birth date, and by why it is missing
    (motifs.md, common rule 9).
    """
    fields = context.knowledge.catalogue.fields
    own = [field for field in sous_motif.fields if field.scope is Scope.AGENT]
    asks_birth = any(field.key == "ddn" for field in own)
    for field in own:
        if field.key != "nir":
            yield field
        elif not context.rules.nir_in_chat:
            yield from () if asks_birth else (fields["ddn"],)
        else:
            yield from _nir_fields(draft, agent, fields["nir"], context, asks_birth=asks_birth)
    if contradicts_birth(draft, agent):
        yield fields["nir_doubt"]


def _nir_fields(
    draft: Draft, agent: int, nir: Field, context: Context, *, asks_birth: bool
) -> Iterator[Field]:
    fields = context.knowledge.catalogue.fields
    yield nir
    answer = draft.answer("nir", agent)
    if answer is not None and not answer.value:
        yield fields["nir_absence"]
        if not asks_birth:
            yield fields["ddn"]
    elif answer is not None and len(answer.value) == NIR_LENGTH:
        yield fields["nir_key"]


def nir_of(draft: Draft, agent: int) -> Nir | None:
    """The agent's NIR, completed by its key where that came apart; None without one."""
    answer, key = draft.answer("nir", agent), draft.answer("nir_key", agent)
    if answer is None or not answer.value:
        return None
    nir = parse_nir(answer.value)
    return nir.with_key(key.value) if key and key.value else nir


def answered_nir(draft: Draft, agent: int) -> Answer | None:
    """The answer as it is filed: with its key, or with the note that none was given."""
    nir, answer = nir_of(draft, agent), draft.answer("nir", agent)
    if nir is None or answer is None:
        return answer
    return Answer("nir", nir.compact, answer.note if nir.is_key_checked else KEY_UNCHECKED)


def contradicts_birth(draft: Draft, agent: int) -> bool:
    """Year and month in the NIR differ from the birth date that was given."""
    nir, birth = nir_of(draft, agent), draft.answer("ddn", agent)
    return bool(nir and birth and birth.value and nir.contradicts(parse_date(birth.value)))


def prefill(draft: Draft, context: Context) -> Draft:
    """The draft with what the profile already tells: employer and reply address."""
    profile = context.profile
    if profile.employer is not None and draft.answer("siret") is None:
        draft = draft.with_answer(Answer("siret", profile.employer.siret, FROM_PROFILE))
        draft = draft.with_answer(Answer("employer_name", profile.employer.name, FROM_PROFILE))
    if profile.email is not None and draft.answer("email") is None:
        draft = draft.with_answer(Answer("email", profile.email, FROM_PROFILE))
    return draft
