"""Questions: the draft of a request, the questions of its form and the options of each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.conversation.context import Context
from bot.conversation.events import Attached
from bot.conversation.texts import Text, text
from bot.domain.attachment import Attachment
from bot.domain.dates import parse_date
from bot.domain.identifiers import NIR_LENGTH, Nir, parse_nir
from bot.domain.ticket import Agent, Answer, AnswerSource
from knowledge import Field, Scope, SousMotif

KEY_UNCHECKED = "nir.key_unchecked"
"""The note of a NIR of 13 characters: without its key a typing error is not detected."""

FROM_PROFILE = "profile"
"""The note of an answer that comes from the profile: it is not asked, but can be changed."""

MISSING = "missing"
"""The note of an answer that the person could not give: the advisor asks for it."""

CHOICES = ("fund", "nir_absence", "attestation", "confirmation")
"""The kinds of fields that are answered by one of their options."""

NIR_KINDS = ("nir", "nir_key")
"""The kinds of fields in which a NIR, or the end of one, is an answer."""

NIR_COMPANIONS = ("nir_key", "nir_absence", "nir_doubt")
"""The answers about a NIR: another NIR makes them void."""

FIXED_OPTIONS = {
    "nir_absence": ("pending", "unknown", "other"),
    "attestation": ("attested",),
    "confirmation": ("confirmed",),
}
"""The options of a kind that are the same in every form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A request that is not filed yet.

    `identity` makes filing idempotent. `question` is what the person typed first, `read` the
    article from which they came. `path` is empty until a sous-motif is chosen. `answers` are those
    of the ticket and the requester (fund and description included); each agent has their own.
    `pieces` are the files stored for it, `files` those still to be fetched, `sources` the messages
    in which it was written.
    """

    identity: str
    question: str = ""
    path: str = ""
    answers: tuple[Answer, ...] = ()
    agents: tuple[Agent, ...] = (Agent(),)
    read: str = ""
    help_seen: bool = False
    notice_seen: bool = False
    pieces: tuple[Attachment, ...] = ()
    files: tuple[Attached, ...] = ()
    sources: tuple[AnswerSource, ...] = ()

    def answer(self, key: str, agent: int | None = None) -> Answer | None:
        """The answer to a field: of the ticket, or of the agent at that place."""
        answers = self.answers if agent is None else self.agents[agent].answers
        return next((answer for answer in answers if answer.key == key), None)

    def with_answer(self, answer: Answer, agent: int | None = None) -> "Draft":
        """The draft with this answer in place of an earlier one to the same field."""
        if agent is None:
            return replace(self, answers=_set(self.answers, answer))
        changed = Agent(_set(self.agents[agent].answers, answer))
        return replace(self, agents=_put(self.agents, agent, changed))

    def without_answer(self, key: str, agent: int | None = None) -> "Draft":
        """The draft without the answer to a field."""
        if agent is None:
            return replace(self, answers=_drop(self.answers, key))
        changed = Agent(_drop(self.agents[agent].answers, key))
        return replace(self, agents=_put(self.agents, agent, changed))

    def with_agent(self) -> "Draft":
        """The draft with one more agent, without answers."""
        return replace(self, agents=(*self.agents, Agent()))

    def without_agent(self, agent: int) -> "Draft":
        return replace(self, agents=self.agents[:agent] + self.agents[agent + 1 :])

    @property
    def holds_nir(self) -> bool:
        return any(a.is_sensitive for agent in self.agents for a in agent.answers)

    def without_nirs(self) -> "Draft":
        """The draft after its NIRs have expired."""
        agents = tuple(
            Agent(tuple(a for a in agent.answers if not a.is_sensitive)) for agent in self.agents
        )
        return replace(self, agents=agents)


def _set(answers: tuple[Answer, ...], answer: Answer) -> tuple[Answer, ...]:
    return (*_drop(answers, answer.key), answer)


def _drop(answers: tuple[Answer, ...], key: str) -> tuple[Answer, ...]:
    return tuple(answer for answer in answers if answer.key != key)


def _put(agents: tuple[Agent, ...], place: int, agent: Agent) -> tuple[Agent, ...]:
    return (*agents[:place], agent, *agents[place + 1 :])


@dataclass(frozen=True, slots=True)
class Question:
    """A field to ask, and the place of the agent whom it is about, if any."""

    field: Field
    agent: int | None = None


def people_of(draft: Draft | None) -> tuple[str, ...]:
    """The names of the agents of a draft, as they were given."""
    answers = (one for agent in draft.agents for one in agent.answers) if draft else ()
    return tuple(one.value for one in answers if one.key in ("nom", "prenom"))


def sous_motif_of(draft: Draft, context: Context) -> SousMotif:
    """The sous-motif of a draft; `machine.advance` checked that it is in the catalogue."""
    sous_motif = context.knowledge.catalogue.sous_motif(draft.path)
    if sous_motif is None:
        raise LookupError("a draft without a sous-motif has no questions")
    return sous_motif


def question_of(draft: Draft, key: str, agent: int | None, context: Context) -> Question:
    """The question of a field, as the sous-motif words it."""
    own = (field for field in sous_motif_of(draft, context).fields if field.key == key)
    return Question(next(own, None) or context.knowledge.catalogue.fields[key], agent)


def is_withdrawn(draft: Draft, context: Context) -> bool:
    """Tell whether the draft's sous-motif has been removed from the catalogue."""
    return bool(draft.path) and context.knowledge.catalogue.sous_motif(draft.path) is None


def plan(draft: Draft, context: Context) -> tuple[Question, ...]:
    """All questions of the form, answered or not, in the order in which they are asked."""
    sous_motif, fields = sous_motif_of(draft, context), context.knowledge.catalogue.fields
    told = {answer.key for answer in draft.answers if answer.note == FROM_PROFILE}
    asked = [Question(field) for field in _ticket_fields(context, sous_motif)]
    questions = [question for question in asked if question.field.key not in told]
    for agent in range(len(draft.agents)) if sous_motif.names_agents else ():
        fields_of_agent = _agent_fields(draft, agent, context, sous_motif)
        questions += [Question(field, agent) for field in fields_of_agent]
    questions.append(Question(fields["description"]))
    if "email" not in told:
        questions.append(Question(fields["email"]))
    return tuple(questions)


def pending(draft: Draft, context: Context) -> tuple[Question, ...]:
    """The questions without an answer."""
    given = {(answer.key, None) for answer in draft.answers} | {
        (answer.key, place) for place, one in enumerate(draft.agents) for answer in one.answers
    }
    return tuple(q for q in plan(draft, context) if (q.field.key, q.agent) not in given)


def _ticket_fields(context: Context, sous_motif: SousMotif) -> Iterator[Field]:
    """The fields asked once a ticket: fund, employer, and those of the form."""
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
    """The fields asked for one agent; a missing, short or doubtful NIR adds some.

    Without a NIR an agent is identified by name and birth date, and the reason is asked (motifs.md,
    common rule 9).
    """
    fields, answer = context.knowledge.catalogue.fields, draft.answer("nir", agent)
    own = [field for field in sous_motif.fields if field.scope is Scope.AGENT]
    birth = () if any(field.key == "ddn" for field in own) else (fields["ddn"],)
    for field in own:
        if field.key != "nir":
            yield field
        elif not context.rules.nir_in_chat:
            yield from birth
        else:
            yield fields["nir"]
            if answer is not None and not answer.value:
                yield fields["nir_absence"]
                yield from birth
            elif answer is not None and len(answer.value) == NIR_LENGTH:
                yield fields["nir_key"]
    if contradicts_birth(draft, agent):
        yield fields["nir_doubt"]


CONSENTS = ("nir", "nir_absence", "attestation", "confirmation")
"""The kinds that no advisor can ask for later: the conditions of filing, and the reason why a NIR
is absent (motifs.md, common rules 5 and 9)."""

IDENTITY = ("nom", "prenom", "ddn")
"""The keys by which an agent without a NIR is identified (motifs.md, common rule 9)."""


def may_be_missing(draft: Draft, question: Question, context: Context) -> bool:
    """Tell whether the advisor may ask for the answer instead."""
    field, agent = question.field, question.agent
    asks_nir = any(one.kind == "nir" for one in sous_motif_of(draft, context).fields)
    identifies = asks_nir and agent is not None and field.key in IDENTITY
    return field.kind not in CONSENTS and not (identifies and nir_of(draft, agent or 0) is None)


def keep_answer(draft: Draft, question: Question, answer: Answer, context: Context) -> Draft:
    """The draft with the answer, and without other answers that it makes void.

    With a SIRET that the profile knows comes the employer's name; else the name is asked.
    """
    is_first = draft.answer("siret") is None
    draft = draft.with_answer(answer, question.agent)
    if answer.key in ("nir", "ddn"):
        for key in NIR_COMPANIONS if answer.key == "nir" else ("nir_doubt",):
            draft = draft.without_answer(key, question.agent)
    if answer.key == "nir" and not answer.value:
        draft = _identity_asked_again(draft, question.agent)
    if answer.key == "siret":
        if not is_first:  # a name that was told before any SIRET is this one's
            draft = draft.without_answer("employer_name")
        for employer in context.profile.employers:
            if employer.siret == answer.value:
                draft = draft.with_answer(Answer("employer_name", employer.name))
    return draft


def _identity_asked_again(draft: Draft, agent: int | None) -> Draft:
    """The draft without the missing parts of an identity: without a NIR they are needed."""
    for key in IDENTITY:
        given = draft.answer(key, agent)
        if given is not None and given.note == MISSING:
            draft = draft.without_answer(key, agent)
    return draft


def nir_of(draft: Draft, agent: int) -> Nir | None:
    """The agent's NIR, completed by the key if it was asked apart; None without one."""
    answer, key = draft.answer("nir", agent), draft.answer("nir_key", agent)
    if answer is None or not answer.value:
        return None
    nir = parse_nir(answer.value)
    return nir.with_key(key.value) if key and key.value else nir


def answered_nir(draft: Draft, agent: int) -> Answer | None:
    """The answer as it is filed: with its key, or noted as unchecked."""
    nir, answer = nir_of(draft, agent), draft.answer("nir", agent)
    if nir is None or answer is None:
        return answer
    return Answer("nir", nir.compact, answer.note if nir.key else KEY_UNCHECKED)


def contradicts_birth(draft: Draft, agent: int) -> bool:
    """Tell whether year and month of the NIR differ from the birth date."""
    nir, birth = nir_of(draft, agent), draft.answer("ddn", agent)
    return bool(nir and birth and birth.value and nir.contradicts(parse_date(birth.value)))


def prefill(draft: Draft, context: Context) -> Draft:
    """The draft with employer and reply address from the profile.

    Who files for several employers is asked for which one, each time.
    """
    profile = context.profile
    is_only = len(profile.employers) == 1
    if is_only and profile.employer is not None and draft.answer("siret") is None:
        draft = draft.with_answer(Answer("siret", profile.employer.siret, FROM_PROFILE))
        draft = draft.with_answer(Answer("employer_name", profile.employer.name, FROM_PROFILE))
    if profile.email is not None and draft.answer("email") is None:
        draft = draft.with_answer(Answer("email", profile.email, FROM_PROFILE))
    return draft


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers that a field offers as a button."""

    value: str
    label: Text


def options_of(field: Field, draft: Draft, context: Context) -> tuple[Option, ...]:
    """The options of a field; none where the answer is typed."""
    if field.kind == "fund":
        funds = sous_motif_of(draft, context).fund_choices
        return tuple(Option(fund, text("button.label", words=fund)) for fund in funds)
    values = FIXED_OPTIONS.get(field.kind, ())
    return tuple(Option(value, text(f"option.{value}")) for value in values)
