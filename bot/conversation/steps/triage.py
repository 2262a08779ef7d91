"""Triage: choose the sous-motif by buttons or words; the last help before the form."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from bot.conversation.context import Context
from bot.conversation.effects import Say
from bot.conversation.events import Commanded, Picked, Typed
from bot.conversation.flow import Form, Turn, arrive, ask_again, enter_questions, stay, stay_aside
from bot.conversation.questions import Draft, sous_motif_of
from bot.conversation.screens import triage
from bot.conversation.screens.search import theme_buttons
from bot.conversation.states import (
    ChoosingLine,
    ChoosingMotif,
    ChoosingSousMotif,
    ChoosingState,
    ChoosingSuggestion,
    ChoosingTheme,
    ConfirmingSousMotif,
    Idle,
    ReadingFirst,
)
from bot.conversation.steps.asides import answer_from_base
from bot.conversation.steps.search import with_sous_motif
from bot.conversation.texts import text
from bot.domain.short_replies import ShortReply, is_polite, short_replies_of
from bot.domain.text import comparable_words
from bot.domain.ticket import Answer
from knowledge import SousMotif

BEFORE_A_NAME = ("plutot", "le", "la", "motif", "sous", "c", "est", "non", "svp")

BeforeForm = ConfirmingSousMotif | ReadingFirst
"""The states between the choice of a sous-motif and its form."""
CatalogueLevel = ChoosingTheme | ChoosingMotif | ChoosingSousMotif
"""The states of the three levels of the catalogue."""


def theme_picked(state: ChoosingTheme, event: Picked, context: Context) -> Turn[CatalogueLevel]:
    theme = context.knowledge.catalogue.theme(event.about)
    if theme is None:
        return stay(state, context, lead=text("anywhere.stale"))
    if len(theme.motifs) == 1:
        return arrive(ChoosingSousMotif(draft=state.draft, motif=theme.motifs[0].path), context)
    return arrive(ChoosingMotif(draft=state.draft, theme=theme.code), context)


def motif_picked(state: ChoosingMotif, event: Picked, context: Context) -> Turn[CatalogueLevel]:
    motif = context.knowledge.catalogue.motif(f"{state.theme}/{event.about}")
    if motif is None:
        return stay(state, context, lead=text("anywhere.stale"))
    return arrive(ChoosingSousMotif(draft=state.draft, motif=motif.path), context)


def sous_motif_picked(
    state: ChoosingSuggestion | ChoosingSousMotif, event: Picked, context: Context
) -> Turn[ReadingFirst | Form | ChoosingTheme]:
    """Take the sous-motif that the person chose: no confirmation is needed."""
    sous_motif = context.knowledge.catalogue.sous_motif_by_id(event.about)
    if sous_motif is None:
        return arrive(ChoosingTheme(draft=state.draft), context, lead=text("anywhere.stale"))
    return enter_form(with_sous_motif(state.draft, sous_motif), context)


def enter_form(draft: Draft, context: Context) -> Turn[ReadingFirst | Form]:
    """Show the sous-motif's help once, if there is any; then begin the form."""
    sous_motif = sous_motif_of(draft, context)
    has_help = bool(triage.first_articles(draft, context) or sous_motif.advice)
    if sous_motif.is_outside or (has_help and not draft.help_seen):
        return arrive(ReadingFirst(draft=replace(draft, help_seen=True)), context)
    return enter_questions(draft, context)


def context_confirmed(
    state: ConfirmingSousMotif, event: Picked, context: Context
) -> Turn[ReadingFirst | Form]:
    return enter_form(state.draft, context)


def help_passed(state: ReadingFirst, event: Picked, context: Context) -> Turn[Form | ReadingFirst]:
    if sous_motif_of(state.draft, context).is_outside:
        return stay(state, context)
    return enter_questions(state.draft, context)


def solved_by_help(state: ReadingFirst, event: Picked, context: Context) -> Turn[Idle]:
    """Thank: the help was enough, no ticket is filed."""
    return Turn(Idle(), (Say(text("article.thanks")),))


def sous_motif_changed(
    state: ConfirmingSousMotif | ReadingFirst | Form | ChoosingLine, event: Picked, context: Context
) -> Turn[ChoosingSousMotif]:
    """Choose another sous-motif of the same motif; answers stay."""
    motif = sous_motif_of(state.draft, context).motif_path
    return arrive(ChoosingSousMotif(draft=state.draft, motif=motif), context)


def fund_changed(
    state: ConfirmingSousMotif, event: Picked, context: Context
) -> Turn[ConfirmingSousMotif]:
    """Forget the fund that the context gave: the form asks it."""
    draft = state.draft.without_answer("fund")
    return arrive(ConfirmingSousMotif(draft=draft), context, lead=text("choosing.fund_changed"))


def question_asked_on_the_way(
    state: BeforeForm, event: Typed, context: Context
) -> Turn[BeforeForm | ConfirmingSousMotif | Form]:
    """Take another sous-motif or the fund named in the text, else answer it as a question.

    Only the whole name of a sous-motif changes it, and it is said: a word may be of several.
    """
    named = _named_whole(event.text, context)
    if named is not None and named.path == state.draft.path:
        return enter_form(state.draft, context)
    if named is not None:
        draft = with_sous_motif(state.draft, named)
        said = text("choosing.changed", label=named.label)
        return arrive(ConfirmingSousMotif(draft=draft), context, lead=said)
    fund = _fund_named(event.text, state, context)
    if fund:
        draft = state.draft.with_answer(Answer("fund", fund))
        said = text("choosing.fund_noted", fund=fund)
        return stay(replace(state, draft=draft), context, lead=said)
    answer = answer_from_base(event.text[:1000], context)
    if answer is None:
        return ask_again(state, text("anywhere.buttons_awaited"), context)
    return stay_aside(state, context, answer)


def _named_whole(typed: str, context: Context) -> SousMotif | None:
    """The sous-motif whose whole name was typed, alone or behind « plutôt », « le motif »."""
    words = " ".join(one for one in comparable_words(typed) if one not in BEFORE_A_NAME)
    names = {" ".join(comparable_words(one.label)): one for one in _all_sous_motifs(context)}
    return names.get(words) or names.get(" ".join(comparable_words(typed)))


def _all_sous_motifs(context: Context) -> Sequence[SousMotif]:
    return context.knowledge.catalogue.sous_motifs


def _fund_named(typed: str, state: BeforeForm, context: Context) -> str:
    """The fund that was typed alone, where the sous-motif leaves the choice."""
    funds = sous_motif_of(state.draft, context).fund_choices
    words = comparable_words(typed)
    named = [fund for fund in funds if comparable_words(fund) == words]
    asks_recipient = any(f.key == "fonds_dest" for f in sous_motif_of(state.draft, context).fields)
    return named[0] if named and len(funds) > 1 and not asks_recipient else ""


def all_themes_wanted(
    state: ChoosingState | ConfirmingSousMotif, event: Picked, context: Context
) -> Turn[ChoosingTheme]:
    return arrive(ChoosingTheme(draft=state.draft), context)


def choice_page_turned(
    state: CatalogueLevel, event: Picked, context: Context
) -> Turn[CatalogueLevel]:
    page = int(event.about) if event.about.isdigit() else 0
    return arrive(replace(state, page=page), context)


def went_up_a_level(
    state: ChoosingState | ConfirmingSousMotif | ReadingFirst,
    event: Picked | Commanded,
    context: Context,
) -> Turn[ChoosingState | ConfirmingSousMotif]:
    """Go one level up."""
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
    state: ChoosingState, event: Typed, context: Context
) -> Turn[ChoosingState | ConfirmingSousMotif | ReadingFirst | Form]:
    """Match the labels of this level, then every sous-motif; else offer a search."""
    if is_polite(event.text) or short_replies_of(event.text) & {ShortReply.NO, ShortReply.MISSING}:
        return ask_again(state, text("choosing.nearest"), context)
    pick: Callable[[Picked, Context], Turn[ChoosingState | ReadingFirst | Form]]
    match state:
        case ChoosingTheme():
            choices, pick = theme_buttons(context), partial(theme_picked, state)
        case ChoosingMotif():
            choices, pick = triage.motif_buttons(state, context), partial(motif_picked, state)
        case ChoosingSousMotif():
            choices = triage.sous_motif_buttons(state, context)
            pick = partial(sous_motif_picked, state)
        case ChoosingSuggestion():
            choices, pick = [], partial(sous_motif_picked, state)
    labels = [str(choice.label.values["words"]) for choice in choices]
    place = context.knowledge.match_label(event.text, labels)
    if place is not None:
        return pick(Picked(choices[place].code), context)
    everything = context.knowledge.catalogue.sous_motifs
    place = context.knowledge.match_label(event.text, [one.label for one in everything])
    if place is not None:  # it was not on offer here: it is said before anything is asked
        draft = with_sous_motif(state.draft, everything[place])
        return arrive(ConfirmingSousMotif(draft=draft), context)
    draft = replace(state.draft, question=event.text[:1000])
    said = ChoosingSuggestion(draft=draft, refused=state.refused + 1)
    return Turn(said, (triage.nearest_choices(said, context),))
