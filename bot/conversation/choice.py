"""Choices: what buttons stand for. A button's code is its choice, and what it is about."""

from enum import StrEnum

from bot.conversation.effects import Button
from bot.conversation.texts import Text, text

SEPARATOR = "."


class Choice(StrEnum):
    """Every button there is; the comments say what follows the dot in its code."""

    READ = "read"  # an article's code
    MORE = "more"
    NOT_FOUND = "not_found"
    USEFUL = "useful"
    USELESS = "useless"
    CONTACT = "contact"
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

    OPTION = "option"  # the place of an option among those of the field
    EMPLOYER = "employer"  # a SIRET
    SKIP = "skip"
    NO_NIR = "no_nir"
    KEEP = "keep"
    BACK = "back"
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
    ANSWER = "answer"  # a ticket's reference
    RATE = "rate"  # a ticket's reference, and the score after a second dot
    RATE_TICKET = "rate_ticket"  # a ticket's reference
    ADD_TO_SIMILAR = "add_to_similar"
    SEND_ANYWAY = "send_anyway"
    WITHDRAW = "withdraw"
    WITHDRAW_SURELY = "withdraw_surely"

    ADD_EMPLOYER = "add_employer"
    CHANGE_EMAIL = "change_email"
    FORGET_EMAIL = "forget_email"
    CONFIRM_EMAIL = "confirm_email"

    HOUSE = "house"  # a SIRET
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
    STAYS = "stays"
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


STANDING = (Choice.START_REVIEW, Choice.REMIND_LATER, Choice.CALENDAR)
"""Buttons under a reminder: good at any time, whatever was said since."""


def button(choice: Choice, about: str | int = "", label: Text | None = None) -> Button:
    """A button with the choice's usual label, unless it has one of its own."""
    code = f"{choice}{SEPARATOR}{about}" if about != "" else str(choice)
    return Button(code, label or text(f"button.{choice}"))
