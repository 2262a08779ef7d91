"""The profile: the person's employers and their reply address."""

from bot.conversation.context import Context
from bot.conversation.effects import Ask
from bot.conversation.screens.layout import (
    NOTHING,
    Choice,
    button,
    button_column,
    button_row,
    content_label,
)
from bot.conversation.states import (
    AddingEmployer,
    BrowsingProfile,
    ChangingEmail,
    ConfirmingEmail,
)
from bot.conversation.texts import text
from bot.domain.identifiers import format_siret


def employer_question(state: AddingEmployer, context: Context) -> Ask:
    key = "profile.employer_name" if state.siret else "profile.siret"
    return Ask(text(key), button_row(button(Choice.BACK)), awaits_text=True)


def email_question(state: ChangingEmail, context: Context) -> Ask:
    ways = button_row(button(Choice.FORGET_EMAIL), button(Choice.BACK))
    return Ask(text("profile.email"), ways, awaits_text=True)


def code_question(state: ConfirmingEmail, context: Context) -> Ask:
    ways = button_row(button(Choice.CONFIRM_EMAIL, "", text("button.code_again")))
    asked = text("confirmation.ask", email=context.profile.email or "")
    if state.lost:
        asked = text("confirmation.other")
    return Ask(asked, ways + button_row(button(Choice.BACK)), awaits_text=True)


def profile_page(state: BrowsingProfile, context: Context) -> Ask:
    profile, may_confirm = context.profile, may_confirm_email(context)
    employer, email = text("profile.no_employer"), text("profile.no_email")
    if profile.employer is not None:
        name, siret = profile.employer.name, format_siret(profile.employer.siret)
        employer = text("profile.employer", name=name, siret=siret)
    if profile.email and profile.email_confirmed:
        email = text("confirmation.confirmed", email=profile.email)
    elif profile.email and may_confirm:
        email = text("confirmation.unconfirmed", email=profile.email)
    elif profile.email:
        email = content_label(profile.email)
    others = [
        button(Choice.EMPLOYER, other.siret, content_label(other.name))
        for other in profile.employers[1:]
    ]
    more = text("profile.others") if others else NOTHING
    shown = text("profile.whole", employer=employer, others=more, email=email)
    ways = button_row(button(Choice.ADD_EMPLOYER), button(Choice.CHANGE_EMAIL))
    confirm = button_row(button(Choice.CONFIRM_EMAIL)) if may_confirm else ()
    return Ask(shown, button_column(others) + ways + confirm)


def may_confirm_email(context: Context) -> bool:
    """Tell whether a code can be offered: an address without confirmation, and mail that works."""
    profile = context.profile
    return context.rules.can_mail and bool(profile.email) and not profile.email_confirmed
