"""Triage: to the right sous-motif, by buttons or by typing, and the last help before the form."""

from dataclasses import replace

from bot.conversation.choices import Choice, button
from bot.conversation.context import Context
from bot.conversation.effects import Ask, Button, Say
from bot.conversation.events import Commanded, Picked, Typed
from bot.conversation.flow import Form, arrive, proceed, stay
from bot.conversation.questions import Draft, prefill, sous_motif_of
from bot.conversation.screens import triage
from bot.conversation.screens.layout import button_row
from bot.conversation.states import (
    ChoosingLine,
    ChoosingMotif,
    ChoosingSousMotif,
    ChoosingSuggestion,
    ChoosingTheme,
    ConfirmingSousMotif,
    Idle,
    ReadingFirst,
)
from bot.conversation.steps.article import with_sous_motif
from bot.conversation.steps.form import answer_from_base
from bot.conversation.texts import text
from bot.conversation.turn import Turn
from bot.domain.short_replies import ShortReply, is_polite, short_replies_of

Choosing = ChoosingSuggestion | ChoosingTheme | ChoosingMotif | ChoosingSousMotif
OnTheWay = ConfirmingSousMotif | ReadingFirst
Level = ChoosingTheme | ChoosingMotif | ChoosingSousMotif


def theme_picked(state: ChoosingTheme, event: Picked, context: Context) -> Turn[Level]:
    theme = context.knowledge.catalogue.theme(event.about)
    if theme is None:
        return stay(state, context, lead=text("anywhere.stale"))
    if len(theme.motifs) == 1:
        return arrive(ChoosingSousMotif(draft=state.draft, motif=theme.motifs[0].path), context)
    return arrive(ChoosingMotif(draft=state.draft, theme=theme.code), context)


def motif_picked(state: ChoosingMotif, event: Picked, context: Context) -> Turn[Level]:
    motif = context.knowledge.catalogue.motif(f"{state.theme}/{event.about}")
    if motif is None:
        return stay(state, context, lead=text("anywhere.stale"))
    return arrive(ChoosingSousMotif(draft=state.draft, motif=motif.path), context)


def sous_motif_picked(
    state: ChoosingSuggestion | ChoosingSousMotif, event: Picked, context: Context
) -> Turn[ReadingFirst | Form | ChoosingTheme]:
    """Chosen by the person themselves: no confirmation, on to the last help."""
    sous_motif = context.knowledge.catalogue.sous_motif_by_id(event.about)
    if sous_motif is None:
        return arrive(ChoosingTheme(draft=state.draft), context, lead=text("anywhere.stale"))
    return enter(with_sous_motif(state.draft, sous_motif), context)


def enter(draft: Draft, context: Context) -> Turn[ReadingFirst | Form]:
    """The last help, once, where there is any; then the form."""
    sous_motif = sous_motif_of(draft, context)
    has_help = bool(triage.first_articles(draft, context) or sous_motif.advice)
    if sous_motif.is_outside or (has_help and not draft.help_seen):
        return arrive(ReadingFirst(draft=replace(draft, help_seen=True)), context)
    return proceed(prefill(draft, context), context)


def context_confirmed(
    state: ConfirmingSousMotif, event: Picked, context: Context
) -> Turn[ReadingFirst | Form]:
    return enter(state.draft, context)


def help_passed(state: ReadingFirst, event: Picked, context: Context) -> Turn[Form | ReadingFirst]:
    if sous_motif_of(state.draft, context).is_outside:
        return stay(state, context)
    return proceed(prefill(state.draft, context), context)


def solved(state: ReadingFirst, event: Picked, context: Context) -> Turn[Idle]:
    """The last help was enough: no ticket."""
    return Turn(Idle(), (Say(text("article.thanks")),))


def sous_motif_changed(
    state: ConfirmingSousMotif | ReadingFirst | Form | ChoosingLine, event: Picked, context: Context
) -> Turn[ChoosingSousMotif]:
    """Another sous-motif of the same motif, at any time before sending; the answers stay."""
    motif = sous_motif_of(state.draft, context).motif_path
    return arrive(ChoosingSousMotif(draft=state.draft, motif=motif), context)


def fund_changed(
    state: ConfirmingSousMotif, event: Picked, context: Context
) -> Turn[ConfirmingSousMotif]:
    """The fund that the context had chosen is forgotten: the form asks for it."""
    draft = state.draft.without_answer("fund")
    return arrive(ConfirmingSousMotif(draft=draft), context, lead=text("choosing.fund_changed"))


def asked_on_the_way(
    state: OnTheWay, event: Typed, context: Context
) -> Turn[OnTheWay | ConfirmingSousMotif]:
    """Another sous-motif by its name, or a question, answered before the request goes on."""
    everything = context.knowledge.catalogue.sous_motifs
    place = context.knowledge.match_label(event.text, [one.label for one in everything])
    if place is not None:
        draft = with_sous_motif(state.draft, everything[place])
        return arrive(ConfirmingSousMotif(draft=draft), context)
    answer = answer_from_base(event.text[:1000], context)
    if answer is None:
        return stay(state, context, lead=text("anywhere.buttons_awaited"))
    return stay(state, context, before=(answer,))


def all_wanted(
    state: Choosing | ConfirmingSousMotif, event: Picked, context: Context
) -> Turn[ChoosingTheme]:
    return arrive(ChoosingTheme(draft=state.draft), context)


def page_turned(state: Level, event: Picked, context: Context) -> Turn[Level]:
    page = int(event.about) if event.about.isdigit() else 0
    return arrive(replace(state, page=page), context)


def went_back(
    state: Choosing | ConfirmingSousMotif | ReadingFirst,
    event: Picked | Commanded,
    context: Context,
) -> Turn[Choosing | ConfirmingSousMotif]:
    """One level up."""
    draft = state.draft
    match state:
        case ReadingFirst():
            return arrive(ConfirmingSousMotif(draft=replace(draft, help_seen=False)), context)
        case ConfirmingSousMotif():
            motif = sous_motif_of(draft, context).motif_path
            return arrive(ChoosingSousMotif(draft=draft, motif=motif), context)
        case ChoosingSousMotif():
            return arrive(ChoosingMotif(draft=draft, theme=state.motif.split("/")[0]), context)
        case ChoosingMotif():
            return arrive(ChoosingTheme(draft=draft), context)
        case _:
            return arrive(ChoosingSuggestion(draft=draft), context)


def label_typed(
    state: Choosing, event: Typed, context: Context
) -> Turn[Choosing | ReadingFirst | Form]:
    """A choice may be typed: labels of this level first, then every sous-motif, else a search."""
    if is_polite(event.text) or short_replies_of(event.text) & {ShortReply.NO, ShortReply.MISSING}:
        return stay(state, context, lead=text("choosing.nearest"))
    choices = _choices(state, context)
    place = context.knowledge.match_label(event.text, [_words(choice) for choice in choices])
    if place is not None:
        return _pick(state, Picked(choices[place].code), context)
    everything = context.knowledge.catalogue.sous_motifs
    place = context.knowledge.match_label(event.text, [one.label for one in everything])
    if place is not None:
        return enter(with_sous_motif(state.draft, everything[place]), context)
    missed = replace(state, draft=replace(state.draft, question=event.text[:1000]))
    offer = button_row(button(Choice.SEARCH), button(Choice.CHOOSE_ALL))
    return Turn(missed, (Ask(text("choosing.missed", words=event.text[:200]), offer),))


def _choices(state: Choosing, context: Context) -> list[Button]:
    match state:
        case ChoosingTheme():
            return triage.theme_buttons(context)
        case ChoosingMotif():
            return triage.motif_buttons(state, context)
        case ChoosingSousMotif():
            return triage.sous_motif_buttons(state, context)
        case ChoosingSuggestion():
            return []


def _words(choice: Button) -> str:
    return str(choice.label.values["words"])


def _pick(state: Choosing, event: Picked, context: Context) -> Turn[Choosing | ReadingFirst | Form]:
    match state:
        case ChoosingTheme():
            return theme_picked(state, event, context)
        case ChoosingMotif():
            return motif_picked(state, event, context)
        case _:
            return sous_motif_picked(state, event, context)
