"""The list of results: title, answer, kind, dates and source of each."""

from dataclasses import replace

from bot.conversation.choices import Choice, button
from bot.conversation.context import Context
from bot.conversation.effects import Ask, Button, Effect, Say
from bot.conversation.screens.layout import button_row, origin_line
from bot.conversation.states import Browsing
from bot.conversation.texts import Markdown, Text, text
from knowledge import Article, Found, Reason, Verdict

PAGE = 3
MOST = 9
"""Beyond nine results nobody reads on: « je n'ai pas trouvé » is the better way."""

REPEATED = 100
"""Characters of a question that is shown as it was understood; more is a letter, and known."""

GROUNDLESS = (Reason.UNKNOWN, Reason.ELSEWHERE)
"""The refusals after which the person may well insist: the question might be ours after all."""


def found_of(question: str, context: Context) -> Found:
    """What its first results are made from: asked in one way by all, it is searched once."""
    return context.knowledge.search(question, limit=PAGE + 1)


def results(state: Browsing, context: Context) -> tuple[Effect, ...]:
    """Up to three results, or the short honest answer that there is none."""
    found = context.knowledge.search(state.question, limit=state.shown + 1)
    if found.verdict is Verdict.NOTHING:
        return nothing_found(found)
    return (_listing(state, found, context),)


def nothing_found(found: Found) -> tuple[Effect, ...]:
    """Why there is no answer, and where to go instead."""
    key = "results.unknown" if found.reason is Reason.UNKNOWN else "results.ask_again"
    answer = text("results.redirect", answer=found.redirect) if found.redirect else text(key)
    if found.reason not in GROUNDLESS:
        return (Say(answer),)
    insist = button(Choice.NOT_FOUND, label=text(f"results.insist_{found.reason}"))
    return (Ask(answer, button_row(insist, button(Choice.THEMES))),)


def _listing(state: Browsing, found: Found, context: Context) -> Ask:
    first = state.shown - PAGE
    worth = found.hits[: found.shown]
    hits = worth[first : state.shown]
    articles = [context.knowledge.articles[hit.slug] for hit in hits]
    listed = text(
        "results.list",
        head=_head(found),
        items=tuple(_item(first + n, article) for n, article in enumerate(articles, 1)),
    )
    reads = [read_button(article, first + n) for n, article in enumerate(articles, 1)]
    has_more = len(worth) > state.shown and state.shown < MOST
    others = [button(Choice.MORE)] if has_more else []
    return Ask(listed, (tuple(reads), (*others, button(Choice.NOT_FOUND))))


def _head(found: Found) -> Text:
    key = "results.close" if found.verdict is Verdict.CLOSE else "results.found"
    if found.corrected is None or len(found.corrected) > REPEATED:
        return text(key)
    return text(f"{key}_corrected", question=found.corrected)


def _item(number: int, article: Article) -> Text:
    return text(
        "results.item",
        number=number,
        title=article.title,
        answer=Markdown(article.answer),
        origin=origin_line(article),
    )


def results_again(state: Browsing, context: Context) -> tuple[Effect, ...]:
    """The same results by their titles: the answers stand above."""
    screen = results(state, context)
    found = context.knowledge.search(state.question, limit=state.shown)
    if found.verdict is Verdict.NOTHING:
        return screen
    first = state.shown - PAGE
    hits = found.hits[: found.shown][first:]
    titles = [context.knowledge.articles[hit.slug].title for hit in hits]
    items = tuple(_title(first + n, title) for n, title in enumerate(titles, 1))
    again = text("results.again", items=items)
    return tuple(replace(one, text=again) for one in screen if isinstance(one, Ask))


def _title(number: int, title: str) -> Text:
    return text("results.title", number=number, title=title)


def read_button(article: Article, number: int) -> Button:
    return button(Choice.READ, article.code, text("button.read", number=number))


def brief_list(articles: list[Article], seen: frozenset[str] = frozenset()) -> tuple[Text, ...]:
    """Articles to read first, numbered; of those seen already the title is enough."""
    return tuple(
        _title(number, article.title) if article.slug in seen else _item(number, article)
        for number, article in enumerate(articles, 1)
    )
