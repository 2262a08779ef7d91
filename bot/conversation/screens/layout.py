"""Small pieces that several screens share: rows of buttons, pages, dates, kinds, leads."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from bot.conversation.choices import Choice, button
from bot.conversation.effects import Ask, Button, Effect, Say
from bot.conversation.texts import Text, text
from knowledge import Article

Rows = tuple[tuple[Button, ...], ...]

PAGE_SIZE = 6
"""Buttons a page: what a telephone shows without scrolling, the question included."""


def column(buttons: Iterable[Button]) -> Rows:
    """One button a row: for long labels."""
    return tuple((one,) for one in buttons)


def row(*buttons: Button) -> Rows:
    return (buttons,)


def paged(buttons: Sequence[Button], page: int) -> Rows:
    """The buttons of one page, with the way to the other pages."""
    pages = max(1, -(-len(buttons) // PAGE_SIZE))
    page = min(max(page, 0), pages - 1)
    shown = buttons[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]
    turns = []
    if page > 0:
        turns.append(button(Choice.PAGE, page - 1, text("button.previous")))
    if page < pages - 1:
        turns.append(button(Choice.PAGE, page + 1, text("button.next")))
    return column(shown) + ((tuple(turns),) if turns else ())


def label(words: str) -> Text:
    """A button's label that comes from the content."""
    return text("button.label", words=words)


def with_lead(effects: tuple[Effect, ...], lead: Text | None) -> tuple[Effect, ...]:
    """The same screen, beginning with a word about what has just happened."""
    if lead is None:
        return effects
    for place, effect in enumerate(effects):
        if isinstance(effect, Say | Ask):
            led = replace(effect, text=text("layout.lead", lead=lead, body=effect.text))
            return (*effects[:place], led, *effects[place + 1 :])
    return (Say(lead), *effects)


def date_line(published: str | None, modified: str | None) -> Text:
    """Both dates as the source has them; a modification may be earlier than the publication."""
    if published and modified:
        return text(
            "layout.dates_both", published=french_date(published), modified=french_date(modified)
        )
    if published:
        return text("layout.date_published", published=french_date(published))
    if modified:
        return text("layout.date_modified", modified=french_date(modified))
    return text("layout.date_unknown")


def french_date(partial: str) -> str:
    """« 2024-02-20 » as « le 20/02/2024 »; a year or a month alone as « en 2021 »."""
    shown = "/".join(reversed(partial.split("-")))
    return f"le {shown}" if partial.count("-") == 2 else f"en {shown}"


def origin_line(article: Article) -> Text:
    """Kind, dates and source of an article, in one line."""
    return text(
        "layout.origin",
        kind=text(f"kind.{article.kind}"),
        dates=date_line(article.published, article.modified),
        source=site_name(article.sources[0].url) if article.sources else "",
    )


def site_name(url: str) -> str:
    return (urlsplit(url).hostname or url).removeprefix("www.")
