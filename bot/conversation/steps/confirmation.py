"""The confirmation of the reply address: a code is sent there, and typed here."""

from bot.conversation.context import Context
from bot.conversation.effects import CheckCode, RememberEmail, SendCode
from bot.conversation.events import CodeChecked, CodeSent, Commanded, Picked, Typed
from bot.conversation.flow import Form, arrive, proceed, stay
from bot.conversation.states import BrowsingProfile, ConfirmingEmail, Reviewing
from bot.conversation.texts import Text, text
from bot.conversation.turn import Turn
from bot.domain.email_code import CodeCheck, CodeSending, find_code

Left = BrowsingProfile | Form


def confirmation_wanted(
    state: BrowsingProfile | Reviewing | ConfirmingEmail, event: Picked, context: Context
) -> Turn[ConfirmingEmail]:
    """« Confirmer mon adresse », or a new code instead of one that did not come."""
    recap = state.recap if isinstance(state, ConfirmingEmail) else isinstance(state, Reviewing)
    email = state.draft.answer("email") if state.draft is not None and recap else None
    effects = (RememberEmail(email.value), SendCode()) if email is not None else (SendCode(),)
    return Turn(ConfirmingEmail(draft=state.draft, recap=recap), effects)


def code_sent(
    state: ConfirmingEmail, event: CodeSent, context: Context
) -> Turn[ConfirmingEmail | Left]:
    match event.sending:
        case CodeSending.SENT:
            return arrive(state, context)
        case CodeSending.TOO_SOON:
            return stay(state, context, lead=text("confirmation.too_soon"))
        case _:
            return _leave(state, context, text(f"confirmation.{event.sending}"))


def code_told(state: ConfirmingEmail, event: Typed, context: Context) -> Turn[ConfirmingEmail]:
    code = find_code(event.text)
    if code is None:
        return stay(state, context, lead=text("confirmation.form"))
    return Turn(state, (CheckCode(code),))


def code_checked(
    state: ConfirmingEmail, event: CodeChecked, context: Context
) -> Turn[ConfirmingEmail | Left]:
    lead = text(f"confirmation.{event.checking}")
    if event.checking is CodeCheck.RIGHT:
        return _leave(state, context, lead)
    return stay(state, context, lead=lead)


def went_back(state: ConfirmingEmail, event: Picked | Commanded, context: Context) -> Turn[Left]:
    return _leave(state, context, None)


def _leave(state: ConfirmingEmail, context: Context, lead: Text | None) -> Turn[Left]:
    """Back to where the confirmation was asked for: the recap, or the profile."""
    if state.recap and state.draft is not None:
        return proceed(state.draft, context, lead=lead)
    return arrive(BrowsingProfile(draft=state.draft), context, lead=lead)
