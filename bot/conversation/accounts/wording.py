"""An account in words: how it stands, whose it is, what to do in PEP's."""

from datetime import date

from bot.conversation.context import Context
from bot.conversation.texts import Text, text
from bot.domain.account import Account, AccountStanding
from bot.domain.dates import format_date


def standing(account: Account, context: Context) -> Text:
    """« expire dans 7 jours (30/11/2026) », with « estimée » where the date is a guess."""
    day = until(account.expires, estimated=account.estimated)
    match account.standing(context.today, context.rules.calendar.horizon):
        case AccountStanding.LEAVING:
            return text("accounts.to_delete", day=day)
        case AccountStanding.EXPIRED:
            return text("accounts.expired", day=day)
        case AccountStanding.EXPIRING:
            return countdown(account.days_left(context.today), day)
        case AccountStanding.ACTIVE:
            return text("accounts.active", day=day)


def countdown(days: int, day: Text) -> Text:
    """How far a date is: yesterday, today, tomorrow, in so many days."""
    match days:
        case 0:
            return text("accounts.expires_today", day=day)
        case 1:
            return text("accounts.expires_tomorrow", day=day)
        case _ if days < 0:
            return text("accounts.expired", day=day)
        case _:
            return text("accounts.expires_in", days=days, day=day)


def until(day: date, *, estimated: bool) -> Text:
    key = "accounts.estimated_day" if estimated else "accounts.day"
    return text(key, day=format_date(day))


def line(account: Account, context: Context) -> Text:
    """One account on one line."""
    return text(
        "accounts.line",
        name=account.holder.name,
        identifier=account.identifier,
        role=text(f"role.{account.role}"),
        standing=standing(account, context),
    )


def name_of(account: Account) -> str:
    return account.holder.name
