"""The profile: the person's employers, their reply address, and its confirmation by a code."""

from dataclasses import replace

from bot.conversation.context import Context
from bot.conversation.effects import CheckCode, RememberEmail, RememberEmployer, Say, SendCode
from bot.conversation.events import (
    CodeChecked,
    CodeSent,
    CodeUndelivered,
    Commanded,
    Picked,
    Typed,
)
from bot.conversation.flow import (
    Form,
    Turn,
    arrive,
    proceed,
    refuse,
    stay,
    with_resume,
    worth_keeping,
)
from bot.conversation.states import (
    AddingEmployer,
    BrowsingProfile,
    ChangingEmail,
    ConfirmingEmail,
    Reviewing,
    State,
)
from bot.conversation.texts import Text, text
from bot.domain.email_code import CodeCheck, CodeSending, find_code
from bot.domain.errors import InvalidAnswerError
from bot.domain.identifiers import read_siret
from bot.domain.people import Employer, read_email, read_employer_name
from bot.domain.short_replies import reads_like_a_question
from bot.domain.ticket import Answer


def profile_wanted(state: State, event: Commanded, context: Context) -> Turn[BrowsingProfile]:
    return arrive(BrowsingProfile(draft=worth_keeping(state.draft)), context)


def profile_employer_switched(
    state: BrowsingProfile, event: Picked, context: Context
) -> Turn[BrowsingProfile]:
    """Make another known employer the current one."""
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
    """Take the SIRET, then the employer's name."""
    try:
        if not state.siret:
            siret = read_siret(event.text).value
            return arrive(replace(state, siret=siret), context)
        employer = Employer(state.siret, read_employer_name(event.text).value)
    except InvalidAnswerError as error:
        if not reads_like_a_question(event.text):
            return refuse(state, error, context)
        field = context.knowledge.catalogue.fields["employer_name" if state.siret else "siret"]
        return stay(state, context, lead=text("aside.field", help=field.help))
    return _remember(state, employer, context)


def _remember(
    state: AddingEmployer | BrowsingProfile, employer: Employer, context: Context
) -> Turn[BrowsingProfile]:
    changed = replace(context, profile=context.profile.with_employer(employer))
    profile = BrowsingProfile(draft=state.draft)
    said = text("profile.employer_kept", name=employer.name)
    return arrive(profile, changed, lead=said, before=(RememberEmployer(employer),))


def email_wanted(state: BrowsingProfile, event: Picked, context: Context) -> Turn[ChangingEmail]:
    return arrive(ChangingEmail(draft=state.draft), context)


def email_told(
    state: ChangingEmail, event: Typed, context: Context
) -> Turn[ChangingEmail | BrowsingProfile]:
    return _remember_email(state, read_email(event.text).value, context, text("profile.email_kept"))


def email_forgotten(state: ChangingEmail, event: Picked, context: Context) -> Turn[BrowsingProfile]:
    return _remember_email(state, "", context, text("profile.email_forgotten"))


def _remember_email(
    state: ChangingEmail, email: str, context: Context, said: Text
) -> Turn[BrowsingProfile]:
    changed = replace(context, profile=context.profile.with_email(email))
    profile = BrowsingProfile(draft=state.draft)
    return arrive(profile, changed, lead=said, before=(RememberEmail(email),))


def went_back_to_profile(
    state: AddingEmployer | ChangingEmail, event: Picked | Commanded, context: Context
) -> Turn[BrowsingProfile]:
    return arrive(BrowsingProfile(draft=state.draft), context)


Left = BrowsingProfile | Form


def confirmation_wanted(
    state: BrowsingProfile | Reviewing | ConfirmingEmail, event: Picked, context: Context
) -> Turn[ConfirmingEmail]:
    """Send a code to the reply address, or another one if the first did not arrive."""
    recap = state.recap if isinstance(state, ConfirmingEmail) else isinstance(state, Reviewing)
    email = state.draft.answer("email") if state.draft is not None and recap else None
    confirming = ConfirmingEmail(draft=state.draft, recap=recap)
    return _send_code(confirming, email.value if email is not None else "")


def _send_code(state: ConfirmingEmail, email: str = "") -> Turn[ConfirmingEmail]:
    """Send a code to this address, or to the one that is known."""
    known = (RememberEmail(email),) if email else ()
    return Turn(replace(state, lost=False), (*known, SendCode()))


def code_sent(
    state: ConfirmingEmail, event: CodeSent, context: Context
) -> Turn[ConfirmingEmail | Left]:
    """Ask the code, or say why none was sent."""
    match event.sending:
        case CodeSending.SENT:
            return arrive(state, context)
        case CodeSending.TOO_SOON:
            return stay(state, context, lead=text("confirmation.too_soon"))
        case _:
            return _leave(state, context, text(f"confirmation.{event.sending}"))


def code_told(state: ConfirmingEmail, event: Typed, context: Context) -> Turn[ConfirmingEmail]:
    """Have a typed code checked; to another address, which may be typed as well, send one."""
    if "@" in event.text:
        email, draft = read_email(event.text).value, state.draft
        if state.recap and draft is not None:
            draft = draft.with_answer(Answer("email", email))
        return _send_code(replace(state, draft=draft), email)
    code = find_code(event.text)
    if code is None:
        return stay(state, context, lead=None if state.lost else text("confirmation.form"))
    return Turn(state, (CheckCode(code),))


def code_lost(
    state: ConfirmingEmail, event: CodeUndelivered, context: Context
) -> Turn[ConfirmingEmail]:
    """Ask for another address where the letter was refused; else let the person try again."""
    if event.email != context.profile.email:
        return Turn(state, ())
    said = text("confirmation.refused" if event.refused else "confirmation.late", email=event.email)
    return arrive(replace(state, lost=True), context, lead=said)


def code_lost_elsewhere(state: State, event: CodeUndelivered, context: Context) -> Turn[State]:
    """Say that the address is refused to somebody who has gone on; they stay where they are."""
    if not event.refused or event.email != context.profile.email:
        return Turn(state, ())
    said = Say(text("confirmation.refused_elsewhere", email=event.email))
    return Turn(state, with_resume(state, (said,)))


def code_checked(
    state: ConfirmingEmail, event: CodeChecked, context: Context
) -> Turn[ConfirmingEmail | Left]:
    """Leave if the code was right, else ask it again."""
    lead = text(f"confirmation.{event.checking}")
    if event.checking is CodeCheck.RIGHT:
        return _leave(state, context, lead)
    return stay(state, context, lead=lead)


def confirmation_left(
    state: ConfirmingEmail, event: Picked | Commanded, context: Context
) -> Turn[Left]:
    return _leave(state, context, None)


def _leave(state: ConfirmingEmail, context: Context, lead: Text | None) -> Turn[Left]:
    """Go back to where the confirmation was asked: the recap, or the profile."""
    if state.recap and state.draft is not None:
        return proceed(state.draft, context, lead=lead)
    return arrive(BrowsingProfile(draft=state.draft), context, lead=lead)
