"""The profile: the person's employers and their reply address."""

from bot.conversation.choices import Choice, button
from bot.conversation.context import Context
from bot.conversation.effects import Ask
from bot.conversation.screens.layout import (
    NOTHING,
    button_column,
    button_row,
    content_label,
    grouped_siret,
)
from bot.conversation.states import (
    AddingEmployer,
    BrowsingProfile,
    ChangingEmail,
    ConfirmingEmail,
)
from bot.conversation.texts import Text, text
from bot.domain.people import Assurance


def employer_question(state: AddingEmployer, context: Context) -> Ask:
    key = "profile.employer_name" if state.siret else "profile.siret"
    return Ask(text(key), button_row(button(Choice.BACK)), awaits_text=True)


def email_question(state: ChangingEmail, context: Context) -> Ask:
    ways = button_row(button(Choice.FORGET_EMAIL), button(Choice.BACK))
    return Ask(text("profile.email"), ways, awaits_text=True)


def code_question(state: ConfirmingEmail, context: Context) -> Ask:
    ways = button_row(button(Choice.CONFIRM_EMAIL, "", text("button.code_again")))
    asked = text("confirmation.ask", email=context.profile.email or "")
    return Ask(asked, ways + button_row(button(Choice.BACK)), awaits_text=True)


def profile_page(state: BrowsingProfile, context: Context) -> Ask:
    employers = context.profile.employers
    others = [
        button(Choice.EMPLOYER, other.siret, content_label(other.name)) for other in employers[1:]
    ]
    shown = text(
        "profile.whole",
        employer=_employer(context),
        others=text("profile.others") if others else NOTHING,
        email=_email(context),
    )
    ways = button_row(button(Choice.ADD_EMPLOYER), button(Choice.CHANGE_EMAIL))
    confirm = button_row(button(Choice.CONFIRM_EMAIL)) if may_confirm_email(context) else ()
    return Ask(shown, button_column(others) + ways + confirm)


def may_confirm_email(context: Context) -> bool:
    """Tell whether a code can be offered: an address without confirmation, and mail that works."""
    profile = context.profile
    is_declared = profile.assurance is Assurance.DECLARED
    return context.rules.can_mail and bool(profile.email) and is_declared


def _email(context: Context) -> Text:
    profile = context.profile
    if not profile.email:
        return text("profile.no_email")
    is_confirmed = profile.assurance is Assurance.EMAIL_CONFIRMED
    if not is_confirmed and not may_confirm_email(context):
        return text("button.label", words=profile.email)
    key = "confirmed" if is_confirmed else "unconfirmed"
    return text(f"confirmation.{key}", email=profile.email)


def _employer(context: Context) -> Text:
    employer = context.profile.employer
    if employer is None:
        return text("profile.no_employer")
    return text("profile.employer", name=employer.name, siret=grouped_siret(employer.siret))
