"""A question in the middle of a form: answered from the base, and the form goes on."""

import re

from bot.conversation.choices import Choice, button
from bot.conversation.context import Context
from bot.conversation.effects import Ask, Effect, Say
from bot.conversation.questions import Question
from bot.conversation.screens.layout import button_row
from bot.conversation.texts import Markdown, text
from bot.domain.short_replies import asks_meaning_alone
from bot.domain.text import clean, fold_apostrophes, without_accents
from knowledge import Field, Verdict


def answer_aside(typed: str, question: Question, context: Context) -> Effect:
    """The meaning of the field where that is asked, else what the base answers."""
    field = _field_meant(typed, question, context)
    if field is not None:
        return Say(text("aside.field", help=field.help))
    if asks_meaning_alone(typed):
        return Say(text("aside.field", help=question.field.help))
    unknown = Say(text("aside.unknown", help=question.field.help))
    return answer_from_base(typed, context) or unknown


def answer_from_base(typed: str, context: Context) -> Effect | None:
    """The best answer of the base, in short; None where it has none."""
    found = context.knowledge.search(typed, limit=1)
    if found.redirect:
        return Say(text("results.redirect", answer=found.redirect))
    if not found.confident:
        return None
    article = context.knowledge.articles[found.hits[0].slug]
    read = button(Choice.READ, article.code, text("button.read_article"))
    key = "aside.article" if found.verdict is Verdict.FOUND else "aside.article_close"
    answer = text(key, title=article.title, answer=Markdown(article.answer))
    return Ask(answer, button_row(read))


def _field_meant(typed: str, question: Question, context: Context) -> Field | None:
    """The field that the words name: the one in turn first."""
    fields = [question.field, *context.knowledge.catalogue.fields.values()]
    return next((field for field in fields if names_field(typed, field)), None)


def names_field(typed: str, field: Field) -> bool:
    """Whether one of the words of a field stands in what was typed."""
    plain = _plain(typed)
    return any(re.search(rf"\b{re.escape(_plain(word))}\b", plain) for word in field.words)


def _plain(words: str) -> str:
    return without_accents(fold_apostrophes(clean(words))).casefold()
