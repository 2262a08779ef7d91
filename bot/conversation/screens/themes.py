"""The twelve themes, and the page of each: its main articles and the way to the desk."""

from bot.conversation.choices import Choice, button
from bot.conversation.context import Context
from bot.conversation.effects import Ask, Effect
from bot.conversation.screens.layout import button_column, content_label
from bot.conversation.states import BrowsingThemes
from bot.conversation.texts import text
from knowledge import Theme

MAIN_ARTICLES = 5


def themes(state: BrowsingThemes, context: Context) -> tuple[Effect, ...]:
    theme = context.knowledge.catalogue.theme(state.theme)
    if theme is not None:
        return (_theme_page(theme, context),)
    buttons = [
        button(Choice.THEME, theme.code, content_label(theme.label))
        for theme in context.knowledge.catalogue.themes
    ]
    return (Ask(text("themes.all"), button_column(buttons)),)


def _theme_page(theme: Theme, context: Context) -> Ask:
    articles = context.knowledge.main_articles(theme.code, limit=MAIN_ARTICLES)
    reads = button_column(
        button(Choice.READ, article.code, content_label(article.title)) for article in articles
    )
    ways = ((button(Choice.CONTACT), button(Choice.THEMES)),)
    return Ask(text("themes.one", label=theme.label), reads + ways)
