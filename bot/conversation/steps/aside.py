"""A question in the middle of a form: answered from the base, and the form goes on."""

import re

from bot.conversation.choice import Choice, button
from bot.conversation.context import Context
from bot.conversation.effects import Ask, Effect, Say
from bot.conversation.questions import Question
from bot.conversation.screens.layout import row
from bot.conversation.text import Markdown, text
from bot.domain.text import clean, fold_apostrophes, without_accents
from knowledge import Field


def answer_aside(typed: str, question: Question, context: Context) -> Effect:
    """The meaning of the field where that is asked, else what the base answers."""
    field = _field_meant(typed, question, context)
    if field is not None:
        return Say(text("aside.field", help=field.help))
    found = context.knowledge.search(typed, limit=1)
    if found.redirect:
        return Say(text("results.redirect", answer=found.redirect))
    if not found.confident:
        return Say(text("aside.unknown", help=question.field.help))
    article = context.knowledge.articles[found.hits[0].slug]
    read = button(Choice.READ, article.code, text("button.read_article"))
    answer = text("aside.article", title=article.title, answer=Markdown(article.answer))
    return Ask(answer, row(read))


def _field_meant(typed: str, question: Question, context: Context) -> Field | None:
    """The field that the words name: the one in turn first."""
    plain = _plain(typed)
    fields = [question.field, *context.knowledge.catalogue.fields.values()]
    for field in fields:
        if any(re.search(rf"\b{re.escape(_plain(word))}\b", plain) for word in field.words):
            return field
    return None


def _plain(words: str) -> str:
    return without_accents(fold_apostrophes(clean(words))).casefold()
