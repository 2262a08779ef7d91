"""The review: change a line, add or remove an agent, send once, or give up."""

from bot.conversation.choices import Choice, button
from bot.conversation.context import Context
from bot.conversation.effects import AddMessage, Ask, FileTicket, RememberEmployer
from bot.conversation.events import (
    Commanded,
    MessageAdded,
    Picked,
    PressedStale,
    SimilarFound,
    TicketFiled,
    Typed,
)
from bot.conversation.flow import Form, arrive, proceed, state_of, stay
from bot.conversation.message_sources import DESCRIPTION_KEY, sources_of_request
from bot.conversation.questions import (
    FROM_PROFILE,
    Draft,
    answered_nir,
    pending,
    prefill,
    sous_motif_of,
)
from bot.conversation.screens.layout import button_row
from bot.conversation.screens.review import asks_agents, recap_questions
from bot.conversation.screens.triage import labels_of
from bot.conversation.states import (
    ChoosingLine,
    ChoosingSuggestion,
    ChoosingTheme,
    ConfirmingSousMotif,
    DecidingSimilar,
    Idle,
    Leaving,
    Resuming,
    Reviewing,
    State,
)
from bot.conversation.steps.form import answer_from_base, names_field
from bot.conversation.texts import Text, text
from bot.conversation.turn import Turn
from bot.domain.dates import in_paris
from bot.domain.people import Employer
from bot.domain.short_replies import announces_correction, reads_like_a_question
from bot.domain.ticket import Agent, Answer, TicketRequest

MOST_AGENTS = 20
"""Beyond this, one ticket could no longer be read by anybody."""

APART = ("siret", "employer_name", "email", "description", "fund", "fonds_dest")
"""The answers that have a place of their own in a request."""


def sent(state: Reviewing, event: Picked, context: Context) -> Turn[Form]:
    """« Envoyer »: everything is there, or what is missing is asked."""
    if pending(state.draft, context):
        return proceed(state.draft, context)
    return Turn(state, (FileTicket(build_request(state.draft, context)),))


def similar_found(state: Reviewing, event: SimilarFound, context: Context) -> Turn[DecidingSimilar]:
    day = f"{in_paris(event.filed_at):%d/%m/%Y}"
    deciding = DecidingSimilar(draft=state.draft, reference=event.reference, filed_on=day)
    return arrive(deciding, context)


def sent_anyway(state: DecidingSimilar, event: Picked, context: Context) -> Turn[DecidingSimilar]:
    return Turn(state, (FileTicket(build_request(state.draft, context), anyway=True),))


def adding_to_similar(
    state: DecidingSimilar, event: Picked, context: Context
) -> Turn[DecidingSimilar]:
    description = state.draft.answer("description")
    words = description.value if description else ""
    source = ",".join(
        one.message for one in sources_of_request(state.draft) if one.key == DESCRIPTION_KEY
    )
    added = AddMessage(state.reference, words, state.draft.identity, source)
    return Turn(state, (added,))


def added_to_similar(
    state: DecidingSimilar, event: MessageAdded, context: Context
) -> Turn[Idle | Form]:
    """The draft has become a message of the older ticket; were that gone, the draft is kept."""
    if event.ticket is None:
        return proceed(state.draft, context, lead=text("tickets.unknown"))
    said = text(f"tickets.message_{event.became}", reference=event.ticket.reference)
    return Turn(Idle(reference=event.ticket.reference), _receipt(said))


def filed(state: Reviewing | DecidingSimilar, event: TicketFiled, context: Context) -> Turn[Idle]:
    """The receipt: where the request truly is, and what happens next."""
    receipt = text(
        "receipt.filed",
        reference=event.reference,
        day=f"{event.filed_at:%d/%m/%Y}",
        hour=f"{event.filed_at:%H h %M}",
        next=_destination(event, context),
    )
    return Turn(Idle(reference=event.reference), _receipt(receipt))


def _receipt(receipt: Text) -> tuple[Ask]:
    return (Ask(receipt, button_row(button(Choice.TICKETS))),)


def _destination(event: TicketFiled, context: Context) -> Text:
    """Who reads the request: other services, the desk's own advisors, or nobody yet."""
    if event.destinations:
        return text("receipt.forwarded", services=", ".join(event.destinations))
    return text("receipt.read_here" if context.rules.is_connected else "receipt.recorded_here")


def sent_twice(state: Idle, event: PressedStale, context: Context) -> Turn[Idle]:
    """A second tap on « Envoyer » gives the same reference; any other old button is just old."""
    if event.code == "send" and state.reference:
        return Turn(state, _receipt(text("receipt.already", reference=state.reference)))
    return stay(state, context, lead=text("anywhere.stale"))


def build_request(draft: Draft, context: Context) -> TicketRequest:
    """The draft as what is filed: only what the sous-motif asks, in its order."""
    sous_motif = sous_motif_of(draft, context)
    asked = [(q.field.key, q.agent) for q in recap_questions(draft, context)]
    value = {a.key: a.value for a in draft.answers}
    email = value.get("email", "")
    agents = range(len(draft.agents)) if sous_motif.names_agents else range(0)
    return TicketRequest(
        identity=draft.identity,
        path=draft.path,
        labels=labels_of(sous_motif, context),
        fund=_fund(value, sous_motif.fund_choices),
        employer=Employer(value["siret"], value["employer_name"]),
        email=email,
        assurance=context.profile.with_email(email).assurance,
        answers=tuple(
            Answer(key, value[key])
            for key, agent in asked
            if agent is None and key not in APART and key in value
        ),
        agents=tuple(_agent(draft, place, asked) for place in agents),
        description=value["description"],
        sources=sources_of_request(draft),
    )


def _fund(value: dict[str, str], choices: tuple[str, ...]) -> str | None:
    """The fund chosen, the recipient of a transfer, or the only one there is."""
    chosen = value.get("fund") or value.get("fonds_dest")
    return chosen or (choices[0] if len(choices) == 1 else None)


def _agent(draft: Draft, place: int, asked: list[tuple[str, int | None]]) -> Agent:
    """One agent's answers, the NIR completed by its key or marked as unchecked."""
    keys = [key for key, agent in asked if agent == place and key != "nir_key"]
    given = (
        answered_nir(draft, place) if key == "nir" else draft.answer(key, place) for key in keys
    )
    return Agent(tuple(answer for answer in given if answer is not None))


def asked_at_the_recap(
    state: Reviewing, event: Typed, context: Context
) -> Turn[Form | ChoosingLine]:
    """A correction opens its line, a question is answered; anything else hears what is awaited."""
    if announces_correction(event.text):
        return _corrected(state, event.text, context)
    asks = reads_like_a_question(event.text)
    answer = answer_from_base(event.text[:1000], context) if asks else None
    return stay(state, context, before=(answer,) if answer else ())


def _corrected(state: Reviewing, typed: str, context: Context) -> Turn[Form | ChoosingLine]:
    """« je me suis trompé de SIRET »: that line, where one alone is named; else all of them."""
    questions = recap_questions(state.draft, context)
    named = [question for question in questions if names_field(typed, question.field)]
    if len(named) == 1:
        return arrive(state_of(state.draft, named[0]), context)
    return arrive(ChoosingLine(draft=state.draft), context)


def change_wanted(state: Reviewing, event: Picked, context: Context) -> Turn[ChoosingLine]:
    return arrive(ChoosingLine(draft=state.draft), context)


def line_picked(state: ChoosingLine, event: Picked, context: Context) -> Turn[Form | ChoosingLine]:
    """One line of the recap is asked again; everything else stays."""
    for question in recap_questions(state.draft, context):
        place = "" if question.agent is None else f".{question.agent}"
        if event.about == f"{question.field.key}{place}":
            return arrive(state_of(state.draft, question), context)
    return stay(state, context, lead=text("anywhere.stale"))


def employer_switched(state: Reviewing, event: Picked, context: Context) -> Turn[Form]:
    """The request is made for another of the employers known, in one tap."""
    for employer in context.profile.employers:
        if employer.siret == event.about:
            draft = state.draft.with_answer(Answer("siret", employer.siret, FROM_PROFILE))
            draft = draft.with_answer(Answer("employer_name", employer.name, FROM_PROFILE))
            return proceed(draft, context, before=(RememberEmployer(employer),))
    return stay(state, context, lead=text("anywhere.stale"))


def agent_added(state: Reviewing, event: Picked, context: Context) -> Turn[Form]:
    """One more agent of the same request: their fields are asked, the rest stays."""
    if not asks_agents(state.draft, context) or len(state.draft.agents) >= MOST_AGENTS:
        return stay(state, context, lead=text("recap.enough_agents", most=MOST_AGENTS))
    return proceed(state.draft.with_agent(), context)


def agent_removed(
    state: ChoosingLine, event: Picked, context: Context
) -> Turn[Form | ChoosingLine]:
    place = int(event.about) if event.about.isdigit() else len(state.draft.agents)
    if place >= len(state.draft.agents) or len(state.draft.agents) == 1:
        return stay(state, context, lead=text("anywhere.stale"))
    lead = text("recap.agent_removed", agent=place + 1)
    return proceed(state.draft.without_agent(place), context, lead=lead)


def went_back(
    state: ChoosingLine | DecidingSimilar, event: Picked | Commanded, context: Context
) -> Turn[Form]:
    return proceed(state.draft, context)


def resumed(state: State, event: Picked | Commanded, context: Context) -> Turn[Form | Idle]:
    """The open draft goes on where it stood."""
    if state.draft is None:
        return arrive(Idle(), context)
    return proceed(prefill(state.draft, context), context, lead=text("resting.resumed"))


def abandoned(
    state: Leaving | Resuming, event: Picked, context: Context
) -> Turn[Idle | ConfirmingSousMotif | ChoosingSuggestion | ChoosingTheme]:
    """The draft is forgotten; a new one that waited behind it takes its place."""
    lead = text("resting.abandoned")
    waiting = state.next if isinstance(state, Resuming) else None
    if waiting is None:
        return arrive(Idle(), context, lead=lead)
    if waiting.path:
        return arrive(ConfirmingSousMotif(draft=waiting), context, lead=lead)
    if waiting.question:
        return arrive(ChoosingSuggestion(draft=waiting), context, lead=lead)
    return arrive(ChoosingTheme(draft=waiting), context, lead=lead)
