"""The questions of a form: which are asked for a draft, in which order, which are still open."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.conversation.context import Context
from bot.conversation.texts import Text, fill, text, unescape
from bot.domain.dates import parse_date
from bot.domain.nir import LENGTH, Nir, parse_nir
from bot.domain.piece import Piece
from bot.domain.ticket import Agent, Answer, Source
from knowledge import Field, Scope, SousMotif

OF_A_NIR = ("nir", "nir_key")
"""The answers that are a NIR, or part of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What has been gathered so far.

    `identity` makes filing safe to repeat; `question` is what the person first typed;
    `path` is empty until a sous-motif is chosen; `read` is the article that led here.
    `answers` are those of the ticket and of the requester (fund and description among them), each
    agent has its own. `pieces` were sent for it, and are kept under its identity; `sources` are the
    messages that it was written in.
    """

    identity: str
    question: str = ""
    path: str = ""
    answers: tuple[Answer, ...] = ()
    agents: tuple[Agent, ...] = (Agent(),)
    read: str = ""
    help_seen: bool = False
    notice_seen: bool = False
    pieces: tuple[Piece, ...] = ()
    sources: tuple[Source, ...] = ()

    def answer(self, key: str, agent: int | None = None) -> Answer | None:
        """What was given for a field: of the ticket, or of the agent at that place."""
        answers = self.answers if agent is None else self.agents[agent].answers
        return next((answer for answer in answers if answer.key == key), None)

    def with_answer(self, answer: Answer, agent: int | None = None) -> "Draft":
        """The draft with one answer set, in place of an earlier one to the same field."""
        if agent is None:
            return replace(self, answers=_set(self.answers, answer))
        changed = Agent(_set(self.agents[agent].answers, answer))
        return replace(self, agents=_put(self.agents, agent, changed))

    def without_answer(self, key: str, agent: int | None = None) -> "Draft":
        if agent is None:
            return replace(self, answers=_drop(self.answers, key))
        changed = Agent(_drop(self.agents[agent].answers, key))
        return replace(self, agents=_put(self.agents, agent, changed))

    def with_agent(self) -> "Draft":
        """One more agent, of whom nothing is known yet."""
        return replace(self, agents=(*self.agents, Agent()))

    def without_agent(self, agent: int) -> "Draft":
        return replace(self, agents=self.agents[:agent] + self.agents[agent + 1 :])

    @property
    def holds_nir(self) -> bool:
        return any(a.key in OF_A_NIR for agent in self.agents for a in agent.answers)

    def without_nirs(self) -> "Draft":
        """The draft as it is kept once its NIRs have outlived their hour."""
        agents = tuple(
            Agent(tuple(a for a in agent.answers if a.key not in OF_A_NIR)) for agent in self.agents
        )
        return replace(self, agents=agents)


def _set(answers: tuple[Answer, ...], answer: Answer) -> tuple[Answer, ...]:
    return (*_drop(answers, answer.key), answer)


def _drop(answers: tuple[Answer, ...], key: str) -> tuple[Answer, ...]:
    return tuple(answer for answer in answers if answer.key != key)


def _put(agents: tuple[Agent, ...], place: int, agent: Agent) -> tuple[Agent, ...]:
    return (*agents[:place], agent, *agents[place + 1 :])


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
    elif answer is not None and len(answer.value) == LENGTH:
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


CHOICES = ("fund", "nir_absence", "attestation", "confirmation")
"""The kinds that are answered by one of their options."""

FIXED_OPTIONS = {
    "nir_absence": ("pending", "unknown", "other"),
    "attestation": ("attested",),
    "confirmation": ("confirmed",),
}


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers a field offers as a button."""

    value: str
    label: Text


def options_of(field: Field, draft: Draft, context: Context) -> tuple[Option, ...]:
    """The answers that a field offers as buttons; none where it is typed."""
    if field.kind == "fund":
        funds = sous_motif_of(draft, context).fund_choices
        return tuple(Option(fund, text("button.label", words=fund)) for fund in funds)
    values = FIXED_OPTIONS.get(field.kind, ())
    return tuple(Option(value, text(f"option.{value}")) for value in values)


def option_words(option: Option) -> str:
    """An option as it reads on its button."""
    return unescape(fill(option.label))
