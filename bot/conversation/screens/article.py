"""An article: the page itself, then the question whether it helped."""

from bot.conversation.choices import Choice, button
from bot.conversation.context import Context
from bot.conversation.effects import Ask, Effect, Say
from bot.conversation.screens.layout import button_column, button_row, content_label, origin_line
from bot.conversation.screens.search import idle_prompt
from bot.conversation.states import Reading
from bot.conversation.texts import Markdown, Text, text
from knowledge import Article, Source


def article_page(state: Reading, context: Context) -> tuple[Effect, ...]:
    """The whole article and the closing question; one withdrawn meanwhile is not shown."""
    article = context.knowledge.article(state.slug)
    if article is None:
        return idle_prompt()
    return (Say(article_text(article)), *closing_question())


def closing_question() -> tuple[Effect, ...]:
    votes = (button(Choice.USEFUL), button(Choice.USELESS))
    return (Ask(text("article.did_it_help"), (votes, (button(Choice.CONTACT),))),)


def related(article: Article, context: Context) -> Ask:
    """After a « non »: what stands near, and the way to the desk."""
    near = [
        context.knowledge.articles[s] for s in article.related if s in context.knowledge.articles
    ]
    reads = button_column(
        button(Choice.READ, other.code, content_label(other.title)) for other in near[:3]
    )
    key = "article.related" if near else "article.not_helped"
    return Ask(text(key), (*reads, *button_row(button(Choice.NOT_FOUND), button(Choice.CONTACT))))


def article_text(article: Article) -> Text:
    """Title, origin, body, validity, legal references and sources."""
    return text(
        "article.page",
        title=article.title,
        origin=origin_line(article),
        body=Markdown(article.body),
        validity=_validity(article),
        references=_references(article),
        sources=tuple(_source(source) for source in article.sources),
    )


def _validity(article: Article) -> Text:
    start, end = article.valid_from, article.valid_until
    if start is None and end is None:
        return text("layout.nothing")
    if end is None:
        return text("article.valid_from", start=f"{start:%d/%m/%Y}")
    if start is None:
        return text("article.valid_until", end=f"{end:%d/%m/%Y}")
    return text("article.valid_between", start=f"{start:%d/%m/%Y}", end=f"{end:%d/%m/%Y}")


def _references(article: Article) -> Text:
    if not article.references:
        return text("layout.nothing")
    lines = tuple(text("layout.bullet", words=reference) for reference in article.references)
    return text("article.references", lines=lines)


def _source(source: Source) -> Text:
    return text("layout.bullet", words=source.url)
