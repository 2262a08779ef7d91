"""The review of a request: change a line, add or remove an agent, send once, or give up."""

from bot.conversation.context import Context
from bot.conversation.effects import AddMessage, Ask, FileTicket, RememberEmployer, Say
from bot.conversation.events import (
    Commanded,
    MessageAdded,
    Picked,
    PressedStale,
    SimilarFound,
    TicketFiled,
    Typed,
)
from bot.conversation.flow import Form, Turn, arrive, proceed, state_of, stay, with_resume
from bot.conversation.questions import (
    FROM_PROFILE,
    MISSING,
    Draft,
    answered_nir,
    pending,
    prefill,
    sous_motif_of,
)
from bot.conversation.screens.form import recap_questions
from bot.conversation.screens.layout import Choice, button, button_row
from bot.conversation.screens.triage import labels_of
from bot.conversation.session import DESCRIPTION_KEY, sources_of_request
from bot.conversation.states import (
    ChoosingLine,
    ChoosingSuggestion,
    ChoosingTheme,
    ConfirmingSousMotif,
    DecidingSimilar,
    Describing,
    Filling,
    Idle,
    Leaving,
    Resuming,
    Reviewing,
    State,
)
from bot.conversation.steps.asides import answer_from_base, names_field
from bot.conversation.texts import Text, text
from bot.domain.dates import in_paris
from bot.domain.people import Employer
from bot.domain.short_replies import announces_correction, reads_like_a_question
from bot.domain.ticket import Agent, Answer, TicketRequest

MAX_AGENTS = 20
"""Agents of one request; a ticket with more could not be read."""

SEPARATE_ANSWERS = ("siret", "employer_name", "email", "description", "fund", "fonds_dest")
"""The keys of answers that are separate attributes of a request; one that is missing is said."""


def request_sent(state: Reviewing, event: Picked, context: Context) -> Turn[Form]:
    """« Envoyer »: file the request, or ask what is missing."""
    if pending(state.draft, context):
        return proceed(state.draft, context)
    return Turn(state, (FileTicket(build_request(state.draft, context)),))


def similar_found(state: Reviewing, event: SimilarFound, context: Context) -> Turn[DecidingSimilar]:
    """Offer to add to the open ticket about the same matter."""
    day = f"{in_paris(event.filed_at):%d/%m/%Y}"
    deciding = DecidingSimilar(draft=state.draft, reference=event.reference, filed_on=day)
    return arrive(deciding, context)


def request_sent_anyway(
    state: DecidingSimilar, event: Picked, context: Context
) -> Turn[DecidingSimilar]:
    """File the request although a similar ticket is open."""
    return Turn(state, (FileTicket(build_request(state.draft, context), anyway=True),))


def adding_to_similar(
    state: DecidingSimilar, event: Picked, context: Context
) -> Turn[DecidingSimilar]:
    """Add the draft's description and files to the similar ticket."""
    description = state.draft.answer("description")
    words = description.value if description else ""
    sources = [one for one in sources_of_request(state.draft) if one.key == DESCRIPTION_KEY]
    source = ",".join(one.message for one in sources)
    return Turn(state, (AddMessage(state.reference, words, state.draft.identity, source),))


def added_to_similar(
    state: DecidingSimilar, event: MessageAdded, context: Context
) -> Turn[Idle | Form]:
    """Confirm that the draft became a message; keep the draft if the ticket is gone."""
    if event.ticket is None:
        return proceed(state.draft, context, lead=text("tickets.unknown"))
    said = text(f"tickets.message_{event.became}", reference=event.ticket.reference)
    return Turn(Idle(reference=event.ticket.reference), _receipt(said))


def request_filed(
    state: Reviewing | DecidingSimilar, event: TicketFiled, context: Context
) -> Turn[Idle]:
    """Show the receipt: the reference, where the request is, and what follows."""
    if event.forwarded:
        destination = text("receipt.forwarded")
    else:  # advisors here read it, or nobody yet
        is_read = context.rules.is_connected
        destination = text("receipt.read_here" if is_read else "receipt.recorded_here")
    receipt = text(
        "receipt.filed",
        reference=event.reference,
        day=f"{event.filed_at:%d/%m/%Y}",
        hour=f"{event.filed_at:%H h %M}",
        next=(destination, *_nir_elsewhere(state.draft, context)),
    )
    return Turn(Idle(reference=event.reference), _receipt(receipt))


def _nir_elsewhere(draft: Draft, context: Context) -> tuple[Text, ...]:
    """How a NIR will be asked for where the form would have one, but the chat may not."""
    fields = sous_motif_of(draft, context).fields
    is_left_out = not context.rules.nir_in_chat and any(field.kind == "nir" for field in fields)
    return (text("receipt.nir_elsewhere"),) if is_left_out else ()


def _receipt(receipt: Text) -> tuple[Ask]:
    return (Ask(receipt, button_row(button(Choice.TICKETS))),)


def request_sent_twice(state: Idle, event: PressedStale, context: Context) -> Turn[Idle]:
    """A second press of « Envoyer » gives the same reference; other old buttons are stale."""
    if event.code == "send" and state.reference:
        return Turn(state, _receipt(text("receipt.already", reference=state.reference)))
    return stay(state, context, lead=text("anywhere.stale"))


def build_request(draft: Draft, context: Context) -> TicketRequest:
    """Build the request to file: only what the sous-motif asks, in its order."""
    sous_motif = sous_motif_of(draft, context)
    asked = [(q.field.key, q.agent) for q in recap_questions(draft, context)]
    value = {a.key: a.value for a in draft.answers}
    # The fund chosen, the recipient of a transfer, or the sous-motif's only fund.
    only_fund = sous_motif.fund_choices[0] if len(sous_motif.fund_choices) == 1 else None
    email = value.get("email", "")
    agents = range(len(draft.agents)) if sous_motif.names_agents else range(0)
    return TicketRequest(
        identity=draft.identity,
        path=draft.path,
        labels=labels_of(sous_motif, context),
        fund=value.get("fund") or value.get("fonds_dest") or only_fund,
        employer=Employer(value["siret"], value["employer_name"]),
        email=email,
        answers=tuple(
            answer
            for key, agent in asked
            if agent is None and (answer := draft.answer(key)) is not None
            if key not in SEPARATE_ANSWERS or answer.note == MISSING
        ),
        agents=tuple(_agent(draft, place, asked) for place in agents),
        description=value["description"],
        sources=sources_of_request(draft),
    )


def _agent(draft: Draft, place: int, asked: list[tuple[str, int | None]]) -> Agent:
    """One agent's answers; the NIR with its key, or noted as unchecked."""
    keys = [key for key, agent in asked if agent == place and key != "nir_key"]
    given = (
        answered_nir(draft, place) if key == "nir" else draft.answer(key, place) for key in keys
    )
    return Agent(tuple(answer for answer in given if answer is not None))


def typed_at_the_recap(
    state: Reviewing, event: Typed, context: Context
) -> Turn[Form | ChoosingLine]:
    """Open the line that a correction names, or all; answer a question; else ask again."""
    if announces_correction(event.text):
        questions = recap_questions(state.draft, context)
        named = [question for question in questions if names_field(event.text, question.field)]
        if len(named) == 1:
            return arrive(state_of(state.draft, named[0]), context)
        return arrive(ChoosingLine(draft=state.draft), context)
    asks = reads_like_a_question(event.text)
    answer = answer_from_base(event.text[:1000], context) if asks else None
    return stay(state, context, before=(answer,) if answer else ())


def change_wanted(state: Reviewing, event: Picked, context: Context) -> Turn[ChoosingLine]:
    return arrive(ChoosingLine(draft=state.draft), context)


def line_picked(
    state: Form | ChoosingLine, event: Picked, context: Context
) -> Turn[Form | ChoosingLine]:
    """Ask one line of the recap, or of the overview, again; the others stay."""
    for question in recap_questions(state.draft, context):
        place = "" if question.agent is None else f".{question.agent}"
        if event.about == f"{question.field.key}{place}":
            return arrive(state_of(state.draft, question), context)
    return stay(state, context, lead=text("anywhere.stale"))


def other_employer_wanted(
    state: Filling | Describing | Reviewing, event: Picked, context: Context
) -> Turn[Form]:
    """Ask for which employer the request is; its name may have been told."""
    draft = state.draft.without_answer("siret").without_answer("employer_name")
    lead = None
    if event.about:
        draft = draft.with_answer(Answer("employer_name", event.about))
        lead = text("noted.for_employer", name=event.about)
    return arrive(Filling(draft=draft, key="siret"), context, lead=lead)


def request_employer_switched(
    state: Filling | Describing | Reviewing, event: Picked, context: Context
) -> Turn[Form]:
    """Make the request for another known employer, and say so."""
    for employer in context.profile.employers:
        if employer.siret == event.about:
            draft = state.draft.with_answer(Answer("siret", employer.siret, FROM_PROFILE))
            draft = draft.with_answer(Answer("employer_name", employer.name, FROM_PROFILE))
            said = text("noted.for_employer", name=employer.name)
            return proceed(draft, context, lead=said, before=(RememberEmployer(employer),))
    return stay(state, context, lead=text("anywhere.stale"))


def agent_added(state: Reviewing, event: Picked, context: Context) -> Turn[Form]:
    """Ask the fields of one more agent."""
    if (
        not sous_motif_of(state.draft, context).names_agents
        or len(state.draft.agents) >= MAX_AGENTS
    ):
        return stay(state, context, lead=text("recap.enough_agents", most=MAX_AGENTS))
    return proceed(state.draft.with_agent(), context)


def agent_removed(
    state: ChoosingLine, event: Picked, context: Context
) -> Turn[Form | ChoosingLine]:
    """Remove an agent, unless it is the only one."""
    place = int(event.about) if event.about.isdigit() else len(state.draft.agents)
    if place >= len(state.draft.agents) or len(state.draft.agents) == 1:
        return stay(state, context, lead=text("anywhere.stale"))
    lead = text("recap.agent_removed", agent=place + 1)
    return proceed(state.draft.without_agent(place), context, lead=lead)


def went_back_to_form(
    state: ChoosingLine | DecidingSimilar, event: Picked | Commanded, context: Context
) -> Turn[Form]:
    return proceed(state.draft, context)


def draft_resumed(state: State, event: Picked | Commanded, context: Context) -> Turn[Form | Idle]:
    """Go on with the open draft."""
    if state.draft is None:
        return arrive(Idle(), context)
    return proceed(prefill(state.draft, context), context, lead=text("resting.resumed"))


def left_for_later(state: State, event: Picked, context: Context) -> Turn[Idle]:
    """Leave what is asked; a draft with a sous-motif is kept and can be resumed."""
    draft = state.draft
    if draft is None or not draft.path:
        return arrive(Idle(), context)
    idle = Idle(draft=draft)
    kept = Say(text("resting.kept", draft_kept=context.rules.draft_kept))
    return Turn(idle, with_resume(idle, (kept,)))


def draft_abandoned(
    state: Leaving | Resuming, event: Picked, context: Context
) -> Turn[Idle | ConfirmingSousMotif | ChoosingSuggestion | ChoosingTheme]:
    """Give the draft up; a new draft that waited takes its place."""
    lead = text("resting.abandoned")
    waiting = state.next if isinstance(state, Resuming) else None
    if waiting is None:
        return arrive(Idle(), context, lead=lead)
    if waiting.path:
        return arrive(ConfirmingSousMotif(draft=waiting), context, lead=lead)
    if waiting.question:
        return arrive(ChoosingSuggestion(draft=waiting), context, lead=lead)
    return arrive(ChoosingTheme(draft=waiting), context, lead=lead)
