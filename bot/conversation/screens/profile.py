"""The profile: the employers a person asks for, and the address for replies."""

from bot.conversation.choice import Choice, button
from bot.conversation.context import Context
from bot.conversation.effects import Ask, Effect
from bot.conversation.fields import grouped_siret
from bot.conversation.screens.layout import column, label, row
from bot.conversation.states import AddingEmployer, BrowsingProfile, ChangingEmail
from bot.conversation.text import Text, text

ProfileState = BrowsingProfile | AddingEmployer | ChangingEmail


def profile_screen(state: ProfileState, context: Context) -> tuple[Effect, ...]:
    match state:
        case AddingEmployer():
            key = "profile.employer_name" if state.siret else "profile.siret"
            return (Ask(text(key), row(button(Choice.BACK)), awaits_text=True),)
        case ChangingEmail():
            ways = row(button(Choice.FORGET_EMAIL), button(Choice.BACK))
            return (Ask(text("profile.email"), ways, awaits_text=True),)
        case BrowsingProfile():
            return (_profile(context),)


def _profile(context: Context) -> Ask:
    employers = context.profile.employers
    others = [button(Choice.EMPLOYER, other.siret, label(other.name)) for other in employers[1:]]
    shown = text(
        "profile.whole",
        employer=_employer(context),
        others=text("profile.others") if others else text("layout.nothing"),
        email=context.profile.email or text("profile.no_email"),
    )
    ways = row(button(Choice.ADD_EMPLOYER), button(Choice.CHANGE_EMAIL))
    return Ask(shown, column(others) + ways)


def _employer(context: Context) -> Text:
    employer = context.profile.employer
    if employer is None:
        return text("profile.no_employer")
    return text("profile.employer", name=employer.name, siret=grouped_siret(employer.siret))
