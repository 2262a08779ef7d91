"""Asides: a question asked in the middle of a form, answered beside what is awaited."""

import re

from bot.conversation.context import Context
from bot.conversation.effects import Ask, Effect, Say
from bot.conversation.questions import Question
from bot.conversation.screens.layout import Choice, button, button_row
from bot.conversation.screens.search import found_of
from bot.conversation.texts import Markdown, text
from bot.domain.short_replies import asks_meaning_alone, comparable
from knowledge import Field, Verdict


def answer_aside(typed: str, question: Question, context: Context) -> Effect:
    """The answer to a question asked in between; without one, what the field is about."""
    unknown = Say(text("aside.unknown", help=question.field.help))
    return explain_aside(typed, question, context) or unknown


def explain_aside(typed: str, question: Question, context: Context) -> Effect | None:
    """Explain the field that the question names, else answer from the knowledge base."""
    fields = [question.field, *context.knowledge.catalogue.fields.values()]
    meant = next((field for field in fields if names_field(typed, field)), None)
    if meant is not None:
        return Say(text("aside.field", help=meant.help))
    if asks_meaning_alone(typed):
        return Say(text("aside.field", help=question.field.help))
    return answer_from_base(typed, context)


def answer_from_base(typed: str, context: Context) -> Effect | None:
    """The best answer of the knowledge base, in short; None without a good one."""
    found = found_of(typed, context, 1)
    if found.redirect:
        return Say(text("results.redirect", answer=found.redirect))
    if not found.confident:
        return None
    article = context.knowledge.articles[found.hits[0].slug]
    read = button(Choice.READ, article.code, text("button.read_article"))
    key = "aside.article" if found.verdict is Verdict.FOUND else "aside.article_close"
    answer = text(key, title=article.title, answer=Markdown(article.answer))
    return Ask(answer, button_row(read))


def names_field(typed: str, field: Field) -> bool:
    """Tell whether one of the field's words stands in the text."""
    words = comparable(typed)
    return any(re.search(rf"\b{re.escape(comparable(word))}\b", words) for word in field.words)
