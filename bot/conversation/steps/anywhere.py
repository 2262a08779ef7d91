"""Anywhere: what holds in every state: commands, old buttons, secrets, unreadable content."""

from bot.conversation.accounts.steps.departures import INVITATION_LINK, invitation_brought
from bot.conversation.context import Context
from bot.conversation.effects import (
    Ask,
    Effect,
    EraseInput,
    GiveOwnData,
    RequestErasure,
    Say,
)
from bot.conversation.events import (
    Commanded,
    GivenElsewhere,
    Leaked,
    Opened,
    Picked,
    PressedStale,
    Typed,
    UnreadableSent,
)
from bot.conversation.flow import Resting, Turn, arrive, ask_again, stay, with_resume, worth_keeping
from bot.conversation.questions import Draft
from bot.conversation.screens.layout import NOTHING, Choice, button, button_row, notices_page
from bot.conversation.screens.search import phone_page
from bot.conversation.states import (
    Browsing,
    BrowsingThemes,
    ChoosingTheme,
    ConfirmingSousMotif,
    Idle,
    Leaving,
    Reading,
    Resuming,
    State,
)
from bot.conversation.steps.search import leak_explained, with_sous_motif
from bot.conversation.steps.windows import JOIN_LINK, join
from bot.conversation.texts import Text, fill, text, unescape

ARTICLE_LINK, SOUS_MOTIF_LINK = "a_", "m_"
"""How the payloads of deep links begin; `i_` is an invitation's."""


def start_commanded(state: State, event: Commanded, context: Context) -> Turn[State]:
    """`/start`, alone or with the payload of a link: an article, a sous-motif, an invitation."""
    draft = worth_keeping(state.draft)
    if event.payload.startswith(INVITATION_LINK):
        return invitation_brought(state, event.payload.removeprefix(INVITATION_LINK), context)
    if event.payload.startswith(JOIN_LINK):
        return join(state, event.payload.removeprefix(JOIN_LINK))
    if event.payload.startswith(ARTICLE_LINK):
        article = context.knowledge.article_by_code(event.payload.removeprefix(ARTICLE_LINK))
        if article is not None:
            return arrive(Reading(draft=draft, slug=article.slug), context)
    if event.payload:
        return _linked(draft, event.payload, context)
    if draft is not None:
        return arrive(Resuming(draft=draft), context)
    ask = Ask(text("anywhere.welcome"), button_row(button(Choice.THEMES)))
    return Turn(Idle(), (ask,))


def _linked(
    draft: Draft | None, payload: str, context: Context
) -> Turn[ConfirmingSousMotif | ChoosingTheme | Resuming]:
    """Open the form of a link's sous-motif; a forged or old link opens the whole choice."""
    code = payload.removeprefix(SOUS_MOTIF_LINK) if payload.startswith(SOUS_MOTIF_LINK) else ""
    sous_motif = context.knowledge.catalogue.sous_motif_by_id(code)
    fresh = Draft(identity=context.identity)
    chosen = with_sous_motif(fresh, sous_motif) if sous_motif else fresh
    if draft is not None:
        return arrive(Resuming(draft=draft, next=chosen), context)
    if sous_motif is None:
        return arrive(ChoosingTheme(draft=fresh), context, lead=text("anywhere.unknown_link"))
    return arrive(ConfirmingSousMotif(draft=chosen), context)


def conversation_opened(state: State, event: Opened, context: Context) -> Turn[State]:
    """Offer the open draft when the person opens a terminal again."""
    draft = worth_keeping(state.draft)
    if draft is not None:
        return arrive(Resuming(draft=draft), context)
    return arrive(Idle(), context)


def help_wanted(state: State, event: Commanded, context: Context) -> Turn[State]:
    """`/aide`: what the bot can do."""
    return _aside(state, (Say(text("anywhere.help")),), context)


def phone_wanted(state: State, event: Commanded | Picked, context: Context) -> Turn[State]:
    """The telephone numbers and hours, wherever the person stands."""
    return _aside(state, (phone_page(context),), context)


def notices_wanted(state: State, event: Commanded, context: Context) -> Turn[State]:
    """`/panne`: what fails or is in maintenance, or that nothing is announced."""
    said = notices_page(context)
    if not isinstance(state, Resting):
        return stay(state, context, before=(said,))
    ways = button_row(button(Choice.CONTACT), button(Choice.PHONE))
    return Turn(state, with_resume(state, (Ask(said.text, ways),)))


def privacy_wanted(state: State, event: Commanded, context: Context) -> Turn[State]:
    """`/confidentialite`: the privacy notice of GDPR articles 13 and 14, as the settings make it.

    Two messages: what most people look for, then the rest.
    """
    rules = context.rules
    to = (unescape(fill(text(f"privacy.to_{one}"))) for one in rules.recipients)
    whole = text(
        "privacy.whole",
        controller=rules.controller or text("privacy.nobody"),
        dpo=text("privacy.dpo", dpo=rules.dpo) if rules.dpo else NOTHING,
        contact=rules.contact or text("privacy.no_contact"),
        nir=text("privacy.nir_asked" if rules.nir_in_chat else "privacy.nir_not_asked"),
        recipients=", ".join(dict.fromkeys(to)),
        transfer=text("privacy.transfer") if rules.on_telegram else NOTHING,
        retention=rules.retention or text("privacy.retention"),
        draft_kept=rules.draft_kept,
        nir_kept=rules.nir_kept,
    )
    return _aside(state, (Say(whole), Say(text("privacy.rest", silent=rules.silent))), context)


def own_data_wanted(state: State, event: Commanded, context: Context) -> Turn[State]:
    """`/mes_donnees`: a copy of what the desk keeps of the person (RGPD, article 15)."""
    said = Say(text("privacy.own_data", contact=_contact(context)))
    return _aside(state, (said,), context, GiveOwnData())


def erasure_wanted(state: State, event: Commanded, context: Context) -> Turn[State]:
    """`/effacer_mes_donnees`: the desk is asked; it erases nothing by itself (article 17)."""
    said = Say(text("privacy.erasure_asked", contact=_contact(context)))
    return _aside(state, (said,), context, RequestErasure())


def _contact(context: Context) -> str | Text:
    return context.rules.contact or text("privacy.no_contact")


def _aside(state: State, said: tuple[Say, ...], context: Context, *first: Effect) -> Turn[State]:
    """Say something; outside the resting states show again what is awaited."""
    if isinstance(state, Resting):
        return Turn(state, (*first, *with_resume(state, said)))
    return stay(state, context, before=(*first, *said))


def cancel_commanded(state: State, event: Commanded, context: Context) -> Turn[Idle | Leaving]:
    """`/annuler`: leave at once if nothing would be lost, else ask once."""
    draft = worth_keeping(state.draft)
    if draft is not None and not isinstance(state, Leaving):
        return arrive(Leaving(draft=draft), context)
    key = "anywhere.nothing_open" if isinstance(state, Resting) else "anywhere.cancelled"
    return arrive(Idle(), context, lead=text(key))


def nothing_to_go_back_to(state: State, event: Commanded | Picked, context: Context) -> Turn[State]:
    """`/retour` where nothing precedes: say so and stay."""
    return stay(state, context, lead=text("anywhere.no_way_back"))


def unknown_command_given(state: State, event: Commanded, context: Context) -> Turn[State]:
    """Say that the command does not exist."""
    return stay(state, context, lead=text("anywhere.unknown_command"))


def stale_button_pressed(
    state: State, event: PressedStale | GivenElsewhere, context: Context
) -> Turn[State]:
    """Say that the button, or the page, is old; it does nothing."""
    return stay(state, context, lead=text("anywhere.stale"))


def unreadable_sent(state: State, event: UnreadableSent, context: Context) -> Turn[State]:
    """Say why this content cannot be read here."""
    return stay(state, context, lead=text(f"sent.{event.medium}"))


def secret_withheld(state: State, event: Leaked, context: Context) -> Turn[State]:
    """Delete the message from the chat and explain why; nothing of it is kept."""
    return stay(state, context, lead=leak_explained(event, context), before=(EraseInput(),))


def typed_beside(state: State, event: Typed, context: Context) -> Turn[State]:
    """A text where only a button can answer: say so."""
    return ask_again(state, text("anywhere.buttons_awaited"), context)


def went_back_to_results(
    state: Reading, event: Commanded, context: Context
) -> Turn[Browsing | BrowsingThemes | Idle]:
    """`/retour` from an article: to its theme, its results, or the beginning."""
    if state.theme:
        return arrive(BrowsingThemes(draft=state.draft, theme=state.theme), context)
    if not state.question:
        return arrive(Idle(draft=state.draft), context)
    browsing = Browsing(draft=state.draft, question=state.question, files=state.files)
    return arrive(browsing, context)
