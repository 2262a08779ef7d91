"""The profile: which employers a person asks for, and where replies may go."""

from dataclasses import replace

from bot.conversation.context import Context
from bot.conversation.effects import RememberEmail, RememberEmployer
from bot.conversation.events import Commanded, Picked, Typed
from bot.conversation.flow import arrive, stay, worth_keeping
from bot.conversation.states import AddingEmployer, BrowsingProfile, ChangingEmail, State
from bot.conversation.texts import Text, text
from bot.conversation.turn import Turn
from bot.domain.errors import InvalidAnswerError
from bot.domain.identifiers import parse_siret
from bot.domain.people import Employer, parse_email, parse_employer_name
from bot.domain.short_replies import reads_like_a_question


def profile_wanted(state: State, event: Commanded, context: Context) -> Turn[BrowsingProfile]:
    return arrive(BrowsingProfile(draft=worth_keeping(state.draft)), context)


def employer_switched(
    state: BrowsingProfile, event: Picked, context: Context
) -> Turn[BrowsingProfile]:
    """Another known employer becomes the current one."""
    for employer in context.profile.employers:
        if employer.siret == event.about:
            return _remember(state, employer, context)
    return stay(state, context, lead=text("anywhere.stale"))


def employer_wanted(
    state: BrowsingProfile, event: Picked, context: Context
) -> Turn[AddingEmployer]:
    return arrive(AddingEmployer(draft=state.draft), context)


def employer_told(
    state: AddingEmployer, event: Typed, context: Context
) -> Turn[AddingEmployer | BrowsingProfile]:
    """First the SIRET, then the name."""
    try:
        if not state.siret:
            siret = parse_siret(event.text).number
            return arrive(replace(state, siret=siret), context)
        employer = Employer(state.siret, parse_employer_name(event.text))
    except InvalidAnswerError as error:
        return stay(state, context, lead=_why_not(state, event.text, error, context))
    return _remember(state, employer, context)


def _why_not(
    state: AddingEmployer, typed: str, error: InvalidAnswerError, context: Context
) -> Text:
    """What is wrong with the answer; who asks what is wanted is told that."""
    if reads_like_a_question(typed):
        field = context.knowledge.catalogue.fields["employer_name" if state.siret else "siret"]
        return text("aside.field", help=field.help)
    return text(f"fault.{error.fault}")


def _remember(
    state: AddingEmployer | BrowsingProfile, employer: Employer, context: Context
) -> Turn[BrowsingProfile]:
    changed = replace(context, profile=context.profile.with_employer(employer))
    return arrive(
        BrowsingProfile(draft=state.draft),
        changed,
        lead=text("profile.employer_kept", name=employer.name),
        before=(RememberEmployer(employer),),
    )


def email_wanted(state: BrowsingProfile, event: Picked, context: Context) -> Turn[ChangingEmail]:
    return arrive(ChangingEmail(draft=state.draft), context)


def email_told(
    state: ChangingEmail, event: Typed, context: Context
) -> Turn[ChangingEmail | BrowsingProfile]:
    try:
        email = parse_email(event.text)
    except InvalidAnswerError as error:
        return stay(state, context, lead=text(f"fault.{error.fault}"))
    return _remember_email(state, email, context, text("profile.email_kept"))


def email_forgotten(state: ChangingEmail, event: Picked, context: Context) -> Turn[BrowsingProfile]:
    return _remember_email(state, "", context, text("profile.email_forgotten"))


def _remember_email(
    state: ChangingEmail, email: str, context: Context, said: Text
) -> Turn[BrowsingProfile]:
    changed = replace(context, profile=context.profile.with_email(email))
    profile = BrowsingProfile(draft=state.draft)
    return arrive(profile, changed, lead=said, before=(RememberEmail(email),))


def went_back(
    state: AddingEmployer | ChangingEmail, event: Picked | Commanded, context: Context
) -> Turn[BrowsingProfile]:
    return arrive(BrowsingProfile(draft=state.draft), context)
