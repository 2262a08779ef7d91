"""Triage: suggestions, the three levels of the catalogue, the confirmation, the last help."""

from bot.conversation.context import Context
from bot.conversation.effects import Ask, Button
from bot.conversation.questions import Draft, sous_motif_of
from bot.conversation.screens.layout import (
    NOTHING,
    WAYS_OUT_AFTER,
    Choice,
    button,
    button_column,
    button_page,
    button_row,
    content_label,
    ways_out,
)
from bot.conversation.screens.search import (
    RESULTS_PER_PAGE,
    brief_list,
    found_of,
    read_button,
    suggested,
    theme_buttons,
)
from bot.conversation.states import (
    ChoosingMotif,
    ChoosingSousMotif,
    ChoosingSuggestion,
    ChoosingTheme,
    ConfirmingSousMotif,
    ReadingFirst,
)
from bot.conversation.texts import Text, text
from knowledge import Article, SousMotif

FIRST_HELP = 3
"""Articles shown before a form."""


def suggestions(state: ChoosingSuggestion, context: Context) -> Ask:
    """The three most likely sous-motifs, and the way to the whole choice."""
    buttons = suggestion_buttons(state, context)
    key = "choosing.suggestions" if buttons else "choosing.no_suggestion"
    return Ask(text(key), button_column([*buttons, button(Choice.CHOOSE_ALL)]))


def suggestion_buttons(state: ChoosingSuggestion, context: Context) -> list[Button]:
    """The three sous-motifs that are nearest to the question of the draft."""
    paths = (one.path for one in suggested(state.draft.question, context))
    likely = filter(None, map(context.knowledge.catalogue.sous_motif, paths))
    return [button(Choice.SUGGESTED, one.id, content_label(one.label)) for one in likely]


def nearest_choices(state: ChoosingSuggestion, context: Context) -> Ask:
    """What is nearest to words that name no choice; after several, the ways to a person and out."""
    near, words = suggestion_buttons(state, context), state.draft.question[:200]
    key = "choosing.near" if near else "choosing.missed"
    ways = button_column(near) + button_row(button(Choice.SEARCH), button(Choice.CHOOSE_ALL))
    if state.refused >= WAYS_OUT_AFTER:
        key = "choosing.missed_often"
        ways += ways_out()
    elif state.refused > 1:
        key = "choosing.near_again" if near else "choosing.missed_again"
    return Ask(text(key, words=words), ways)


def theme_choice(state: ChoosingTheme, context: Context) -> Ask:
    return Ask(text("choosing.theme"), button_page(theme_buttons(context), state.page))


def motif_choice(state: ChoosingMotif, context: Context) -> Ask:
    theme = context.knowledge.catalogue.theme(state.theme)
    place = text("choosing.motif", theme=theme.label if theme else "")
    rows = button_page(motif_buttons(state, context), state.page)
    return Ask(place, rows + button_row(button(Choice.BACK)))


def sous_motif_choice(state: ChoosingSousMotif, context: Context) -> Ask:
    motif = context.knowledge.catalogue.motif(state.motif)
    place = text("choosing.sous_motif", motif=motif.label if motif else "")
    rows = button_page(sous_motif_buttons(state, context), state.page)
    return Ask(place, rows + button_row(button(Choice.BACK)))


def motif_buttons(state: ChoosingMotif, context: Context) -> list[Button]:
    theme = context.knowledge.catalogue.theme(state.theme)
    motifs = theme.motifs if theme else ()
    return [button(Choice.MOTIF, m.path.partition("/")[2], content_label(m.label)) for m in motifs]


def sous_motif_buttons(state: ChoosingSousMotif, context: Context) -> list[Button]:
    motif = context.knowledge.catalogue.motif(state.motif)
    sous_motifs = motif.sous_motifs if motif else ()
    return [button(Choice.SOUS_MOTIF, one.id, content_label(one.label)) for one in sous_motifs]


def sous_motif_confirmation(state: ConfirmingSousMotif, context: Context) -> Ask:
    """Theme, motif, sous-motif and fund given by the context, each can be changed."""
    sous_motif = sous_motif_of(state.draft, context)
    theme, motif, label = labels_of(sous_motif, context)
    summary = text(
        "choosing.confirm",
        theme=theme,
        motif=motif,
        sous_motif=label,
        fund=fund_line(state, sous_motif),
    )
    ways = (button(Choice.CHANGE_SOUS_MOTIF), button(Choice.CHOOSE_ALL))
    has_choice = state.draft.answer("fund") is not None and len(sous_motif.fund_choices) > 1
    funds = button_row(button(Choice.CHANGE_FUND)) if has_choice else ()
    return Ask(summary, (*button_row(button(Choice.CONTINUE)), ways, *funds))


def fund_line(state: ConfirmingSousMotif, sous_motif: SousMotif) -> Text:
    """The fund, where it is known: the sous-motif's only one, or that of the article."""
    chosen = state.draft.answer("fund") or state.draft.answer("fonds_dest")
    if chosen is not None:
        return text("choosing.fund", fund=chosen.value)
    if len(sous_motif.fund_choices) == 1:
        return text("choosing.fund", fund=sous_motif.fund_choices[0])
    return NOTHING


def labels_of(sous_motif: SousMotif, context: Context) -> tuple[str, str, str]:
    """The labels of theme, motif and sous-motif."""
    catalogue = context.knowledge.catalogue
    theme = catalogue.theme(sous_motif.theme_code)
    motif = catalogue.motif(sous_motif.motif_path)
    return (theme.label if theme else "", motif.label if motif else "", sous_motif.label)


def first_help(state: ReadingFirst, context: Context) -> Ask:
    """The sous-motif's own articles: the first unseen one with its answer, the others by title."""
    articles = first_articles(state.draft, context)
    question = state.draft.question
    found = found_of(question, context) if question else None
    seen = [hit.slug for hit in found.hits[: min(found.shown, RESULTS_PER_PAGE)]] if found else []
    unseen = [article.slug for article in articles if article.slug not in seen]
    return _first_help(state, context, brief_list(articles, frozenset([*seen, *unseen[1:]])))


def first_help_again(state: ReadingFirst, context: Context) -> Ask:
    """The same articles by title: their answers stand above."""
    articles = first_articles(state.draft, context)
    slugs = frozenset(article.slug for article in articles)
    return _first_help(state, context, brief_list(articles, slugs))


def _first_help(state: ReadingFirst, context: Context, items: tuple[Text, ...]) -> Ask:
    """The help with its buttons; a matter outside the funds has no way to a form."""
    sous_motif = sous_motif_of(state.draft, context)
    articles = first_articles(state.draft, context)
    reads = tuple(read_button(article, number) for number, article in enumerate(articles, 1))
    key, ways = "choosing.outside", button_row(button(Choice.SOLVED))
    if not sous_motif.is_outside:
        go_on = button(Choice.CONTINUE, label=text("button.continue_anyway"))
        key, ways = "choosing.first_help", button_row(go_on, button(Choice.SOLVED))
    advice = text("choosing.advice", advice=sous_motif.advice) if sous_motif.advice else NOTHING
    rows = (button_row(*reads) if reads else ()) + ways + button_row(button(Choice.BACK))
    return Ask(text(key, advice=advice, articles=items), rows)


def first_articles(draft: Draft, context: Context) -> list[Article]:
    """The sous-motif's own articles without the one that led here."""
    articles = context.knowledge.articles_of(sous_motif_of(draft, context))
    return [article for article in articles if article.slug != draft.read][:FIRST_HELP]
