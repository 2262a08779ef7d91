"""Layout: every button, rows of buttons, pages, dates, leads, and answers and files in one line.

A button's code is its choice, a dot, and what it is about.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from urllib.parse import urlsplit

from bot.conversation.context import Context
from bot.conversation.effects import Ask, Button, Effect, Reply, Say
from bot.conversation.questions import FIXED_OPTIONS, KEY_UNCHECKED, MISSING
from bot.conversation.texts import Text, text
from bot.domain.attachment import Attachment
from bot.domain.identifiers import format_siret
from bot.domain.ticket import Answer
from knowledge import Article, Field, Source


class Choice(StrEnum):
    """Every button; the comments say what follows the dot in its code."""

    READ = "read"  # an article's code
    READ_ON = "read_on"
    MORE = "more"
    NOT_FOUND = "not_found"
    USEFUL = "useful"
    USELESS = "useless"
    CONTACT = "contact"
    PHONE = "phone"
    THEMES = "themes"
    SEARCH = "search"

    SUGGESTED = "suggested"  # a sous-motif's id
    THEME = "theme"  # a theme's code
    MOTIF = "motif"  # a motif's code
    SOUS_MOTIF = "sous_motif"  # a sous-motif's id
    PAGE = "page"  # a page's number
    CONTINUE = "continue"
    CHANGE_SOUS_MOTIF = "change_sous_motif"
    CHANGE_FUND = "change_fund"
    CHOOSE_ALL = "choose_all"
    SOLVED = "solved"

    READING = "reading"  # the place of a reading of the last text: pressed, it is typed
    OPTION = "option"  # the place of an option among those of the field
    EMPLOYER = "employer"  # a SIRET
    OTHER_EMPLOYER = "other_employer"
    SKIP = "skip"
    NO_NIR = "no_nir"
    KEEP = "keep"
    BACK = "back"
    LEAVE = "leave"
    ASIDE = "aside"

    SEND = "send"
    CHANGE = "change"
    LINE = "line"  # a field's key, and the agent's place after a second dot
    ADD_AGENT = "add_agent"
    REMOVE_AGENT = "remove_agent"  # the agent's place
    ABANDON = "abandon"
    RESUME = "resume"

    TICKET = "ticket"  # a ticket's reference
    TICKETS = "tickets"
    ADD_MESSAGE = "add_message"
    FOR_TICKET = "for_ticket"  # a ticket's reference
    OTHER_QUESTION = "other_question"
    ANSWER = "answer"  # a ticket's reference
    RATE = "rate"  # a ticket's reference, and the score after a second dot
    RATE_TICKET = "rate_ticket"  # a ticket's reference
    ADD_TO_SIMILAR = "add_to_similar"
    SEND_ANYWAY = "send_anyway"
    WITHDRAW = "withdraw"
    WITHDRAW_TICKET = "withdraw_ticket"  # a ticket's reference
    WITHDRAW_SURELY = "withdraw_surely"

    ADD_EMPLOYER = "add_employer"
    CHANGE_EMAIL = "change_email"
    FORGET_EMAIL = "forget_email"
    CONFIRM_EMAIL = "confirm_email"

    REGISTER = "register"  # a SIRET
    ACCOUNTS = "accounts"  # a SIRET
    ACCOUNT = "account"  # an account's id
    ADD_ACCOUNT = "add_account"
    EDIT_ACCOUNT = "edit_account"
    DELETE_ACCOUNT = "delete_account"
    FIELD = "field"  # a field's key
    ROLE = "role"  # a profile
    DATE = "date"  # a date, ISO
    UNKNOWN_DATE = "unknown_date"
    RECYCLE = "recycle"
    STAYS = "stays"  # an account's id
    EXPORT = "export"  # csv or xlsx
    SUPPORT = "support"

    START_REVIEW = "start_review"  # a SIRET
    REMIND_LATER = "remind_later"  # a SIRET, or "all"
    CALENDAR = "calendar"  # a SIRET, or "all"
    RENEW = "renew"
    LATER = "later"
    RENEW_ALL = "renew_all"
    STOP_REVIEW = "stop_review"
    DONE = "done"
    NOT_DONE = "not_done"

    MYSELF = "myself"
    ADMINISTRATOR = "administrator"
    USER = "user"
    PROMOTE = "promote"
    CREATE = "create"
    INVITE = "invite"
    REVOKE = "revoke"
    STAND_IN = "stand_in"  # an account's id; nothing for nobody
    RETURNED = "returned"
    WRITE = "write"


LASTING_CHOICES = (Choice.START_REVIEW, Choice.REMIND_LATER, Choice.CALENDAR, Choice.STAYS)
"""The buttons of a reminder and of a departure: they stay valid, whatever was said since."""

ButtonRows = tuple[tuple[Button, ...], ...]

ScreenEffects = Effect | tuple[Effect, ...]
"""What shows a state: one effect, or several in order."""

PAGE_SIZE = 6
"""Buttons a page: what a telephone shows without scrolling, the question included."""

NOTHING = text("layout.nothing")
"""An empty place of a text."""

LEFT_OUT_TEXTS = {"nir": "answer.no_nir", "email": "answer.no_email"}
"""The text for a missing answer, by kind of field; other kinds read « non indiqué »."""


def button(choice: Choice, about: str | int = "", label: Text | None = None) -> Button:
    """Build a button, with the choice's usual label unless another is given."""
    code = f"{choice}.{about}" if about != "" else str(choice)
    return Button(code, label or text(f"button.{choice}"))


WAYS_OUT_AFTER = 3
"""Texts refused in a row after which the ways to a person and out are shown."""


def button_column(buttons: Iterable[Button]) -> ButtonRows:
    """One button a row, for long labels."""
    return tuple((one,) for one in buttons)


def button_row(*buttons: Button) -> ButtonRows:
    """All buttons in one row."""
    return (buttons,)


def ways_out() -> ButtonRows:
    """What who finds no answer does: reach somebody, or come back later."""
    return button_column((button(Choice.PHONE), button(Choice.LEAVE)))


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


def join_messages(replies: Iterable[Reply]) -> list[Reply]:
    """The replies of one turn with neighbouring texts as one message, their buttons below it.

    What a messenger lets through is counted in messages, whatever their length.
    """
    joined: list[Reply] = []
    for reply in replies:
        last = joined[-1] if joined else None
        if isinstance(last, Say | Ask) and isinstance(reply, Say | Ask):
            joined[-1] = _join(last, reply)
        else:
            joined.append(reply)
    return joined


def _join(first: Say | Ask, second: Say | Ask) -> Say | Ask:
    words = text("layout.lead", lead=first.text, body=second.text)
    asked = [one for one in (first, second) if isinstance(one, Ask)]
    if not asked:
        return Say(words)
    rows = tuple(row for one in asked for row in one.rows)
    return Ask(words, rows, awaits_text=any(one.awaits_text for one in asked))


def date_line(article: Article) -> Text:
    """When the page that an article relies on was published, changed or else read."""
    first = next(iter(article.sources), None)
    dated = first and (first.published or first.modified or first.read_on)
    return page_date(first if first and dated else article)


def page_date(page: Article | Source) -> Text:
    """When a page was published, changed or else read."""
    if page.published and page.modified:  # a modification may be earlier than the publication
        both = french_date(page.published), french_date(page.modified)
        return text("layout.dates_both", published=both[0], modified=both[1])
    if page.published:
        return text("layout.date_published", published=french_date(page.published))
    if page.modified:
        return text("layout.date_modified", modified=french_date(page.modified))
    if isinstance(page, Source) and page.read_on:
        return text("layout.date_read", read=f"{page.read_on:%d/%m/%Y}")
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
        dates=date_line(article),
        source=host_of(article.sources[0].url if article.sources else ""),
    )


def host_of(url: str) -> str:
    """The site that an address leads to, as a reader knows it: « xn-- » tells nothing."""
    host = (urlsplit(url).hostname or url).removeprefix("www.")
    return host.encode("ascii", "ignore").decode("idna")


def source_line(source: Source) -> Text:
    """A source as a named link: its site, and when it was published, changed or read."""
    address = source.url.replace("(", "%28").replace(")", "%29")  # they would end the link
    name = host_of(source.url)
    return text("article.source", name=name, address=address, dates=page_date(source))


def shown_value(field: Field, answer: Answer | None) -> Text:
    """Render an answer for the recap: the NIR masked, a missing answer said as such."""
    if answer is not None and answer.note == MISSING:
        return text("answer.missing")
    if answer is None or not answer.value:
        return text(LEFT_OUT_TEXTS.get(field.kind, "answer.left_out"))
    if field.kind in FIXED_OPTIONS:
        return text(f"option.{answer.value}")
    if answer.note == KEY_UNCHECKED:
        return text("answer.key_unchecked", value=masked_value(answer))
    return text("answer.value", value=masked_value(answer))


def masked_value(answer: Answer) -> str:
    """The value of an answer with its personal numbers masked."""
    return format_siret(answer.value) if answer.key == "siret" else answer.masked


def attachment_line(piece: Attachment) -> Text:
    """Render a file in one line: « pièce 2 : photo, 240 ko »; never its content."""
    kind = text(f"pieces.{piece.type}")
    line = text("pieces.line", number=piece.number, name=kind, weight=piece.weight)
    if not piece.caption or piece.place is not None:  # beside a message its words say it already
        return line
    return text("pieces.caption", piece=line, caption=piece.caption)


def current_notices(context: Context) -> Text | None:
    """The notices that hold now, one a line; None without any."""
    lines = _lines("notices.current", context)
    return text("notices.list", lines=lines) if lines else None


def notices_page(context: Context) -> Say:
    """What fails or is in maintenance, now and soon; else that nothing is announced."""
    lines = _lines("notices.current", context) + _lines("notices.announced", context)
    return Say(text("notices.now", lines=lines) if lines else text("notices.none"))


def _lines(key: str, context: Context) -> tuple[Text, ...]:
    told = context.notices if key == "notices.current" else context.announced
    return tuple(text(key, term=one.term, words=one.words) for one in told)
