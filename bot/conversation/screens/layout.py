"""Layout: rows of buttons, pages, dates, leads, and answers and files in one line."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from bot.conversation.choices import Choice, button
from bot.conversation.effects import Ask, Button, Effect, Say
from bot.conversation.questions import FIXED_OPTIONS, KEY_UNCHECKED
from bot.conversation.texts import Text, text
from bot.domain.attachment import Attachment
from bot.domain.identifiers import format_siret
from bot.domain.ticket import Answer
from knowledge import Article, Field

ButtonRows = tuple[tuple[Button, ...], ...]

ScreenEffects = Effect | tuple[Effect, ...]
"""What shows a state: one effect, or several in order."""

PAGE_SIZE = 6
"""Buttons a page: what a telephone shows without scrolling, the question included."""

NOTHING = text("layout.nothing")
"""An empty place of a text."""

LEFT_OUT_TEXTS = {"nir": "answer.no_nir", "email": "answer.no_email"}
"""The text for a missing answer, by kind of field; other kinds read « non indiqué »."""


def button_column(buttons: Iterable[Button]) -> ButtonRows:
    """One button a row, for long labels."""
    return tuple((one,) for one in buttons)


def button_row(*buttons: Button) -> ButtonRows:
    """All buttons in one row."""
    return (buttons,)


def button_page(buttons: Sequence[Button], page: int) -> ButtonRows:
    """The buttons of one page, with those to the other pages."""
    pages = max(1, -(-len(buttons) // PAGE_SIZE))
    page = min(max(page, 0), pages - 1)
    shown = buttons[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]
    return button_column(shown) + page_turns(page, pages)


def content_label(words: str) -> Text:
    """A button's label from the knowledge base."""
    return text("button.label", words=words)


def bullet(words: str | Text) -> Text:
    """A line of a list."""
    return text("layout.bullet", words=words)


def shorten_list(lines: Sequence[Text], most: int, rest: str) -> tuple[Text, ...]:
    """The first lines, `most` of them; the text `rest` counts the others."""
    left = len(lines) - most
    return (*lines[:most], text(rest, count=left)) if left > 0 else tuple(lines)


def page_turns(page: int, pages: int) -> ButtonRows:
    """The row of buttons to the pages before and after, where there are any."""
    turns = []
    if page > 0:
        turns.append(button(Choice.PAGE, page - 1, text("button.previous")))
    if page < pages - 1:
        turns.append(button(Choice.PAGE, page + 1, text("button.next")))
    return (tuple(turns),) if turns else ()


def with_lead(effects: tuple[Effect, ...], lead: Text | None) -> tuple[Effect, ...]:
    """The screen introduced by a sentence about what has just happened."""
    if lead is None:
        return effects
    for place, effect in enumerate(effects):
        if isinstance(effect, Say | Ask):
            led = replace(effect, text=text("layout.lead", lead=lead, body=effect.text))
            return (*effects[:place], led, *effects[place + 1 :])
    return (Say(lead), *effects)


def date_line(published: str | None, modified: str | None) -> Text:
    """Both dates of an article; a modification may be earlier than the publication."""
    if published and modified:
        first, last = french_date(published), french_date(modified)
        return text("layout.dates_both", published=first, modified=last)
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


def shown_value(field: Field, answer: Answer | None) -> Text:
    """Render an answer for the recap: the NIR masked, a missing answer said as such."""
    if answer is None or not answer.value:
        return text(LEFT_OUT_TEXTS.get(field.kind, "answer.left_out"))
    if field.kind in FIXED_OPTIONS:
        return text(f"option.{answer.value}")
    if answer.note == KEY_UNCHECKED:
        return text("answer.key_unchecked", value=masked_value(answer))
    return text("answer.value", value=masked_value(answer))


def masked_value(answer: Answer) -> str:
    """The value of an answer with its personal numbers masked."""
    return grouped_siret(answer.value) if answer.key == "siret" else answer.masked


def grouped_siret(siret: str) -> str:
    return format_siret(siret)


def attachment_line(piece: Attachment) -> Text:
    """Render a file in one line: « pièce 2 : photo, 240 ko »; never its content."""
    kind = text(f"pieces.{piece.type}")
    line = text("pieces.line", number=piece.number, name=kind, weight=piece.weight)
    if not piece.caption or piece.place is not None:  # beside a message its words say it already
        return line
    return text("pieces.caption", piece=line, caption=piece.caption)
