"""Screens of an administrator; the registers come with the context."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.conversation.accounts import states
from bot.conversation.accounts.texts import account_line, account_standing, entry_question
from bot.conversation.context import Context
from bot.conversation.effects import Ask, Button
from bot.conversation.screens.layout import (
    ButtonRows,
    Choice,
    button,
    button_column,
    button_page,
    button_row,
    content_label,
    page_turns,
)
from bot.conversation.texts import Text, text
from bot.domain.account import Account, add_months
from bot.domain.account_changes import account_label
from bot.domain.dates import format_date, spell_date
from bot.domain.employer_accounts import EmployerAccounts

EXPORT_KINDS = ("xlsx", "csv")
"""Kinds of export; the first one opens with a double click."""
ACCOUNTS_PER_PAGE = 12
"""Accounts listed on a page."""
MOST_OFFERED = 60
"""Accounts to choose from in one question."""


def register_of(state: states.EmployerState, context: Context) -> EmployerAccounts:
    """The register of the state's employer."""
    return context.registers[state.siret]


def account_of(
    state: (
        states.ReadingAccount
        | states.EditingAccount
        | states.DeletingAccount
        | states.ReviewingAccounts
        | states.Departing
        | states.Inviting
    ),
    context: Context,
) -> Account:
    """The account of the state; `refuse_access` checked that it exists."""
    account = register_of(state, context).account(state.account)
    if account is None:
        raise LookupError("the account is gone")
    return account


def account_button(account: Account, choice: Choice = Choice.ACCOUNT) -> Button:
    """A button for an account, labelled with its holder and identifier."""
    label = content_label(f"{account.holder.name} · {account.identifier}")
    return button(choice, account.id, label)


def _register_choice(state: states.ChoosingEmployer, context: Context) -> Ask:
    buttons = [
        button(Choice.REGISTER, one.siret, content_label(one.name)) for one in context.administered
    ]
    return Ask(text("accounts.which_employer"), button_page(buttons, state.page))


def _accounts(state: states.BrowsingAccounts, context: Context) -> Ask:
    register = register_of(state, context)
    accounts = register.by_urgency(context.today)
    pages = max(1, -(-len(accounts) // ACCOUNTS_PER_PAGE))
    page = min(state.page, pages - 1)
    shown = accounts[page * ACCOUNTS_PER_PAGE : (page + 1) * ACCOUNTS_PER_PAGE]
    body = text(
        "accounts.whole",
        employer=register.employer.name,
        count=len(accounts),
        lines=tuple(account_line(account, account_standing(account, context)) for account in shown),
        notes=tuple(_notes(register, context)),
    )
    siret = register.employer.siret
    rows: ButtonRows = ()
    if is_locked_out(register, context):
        rows = button_row(button(Choice.SUPPORT))
    if accounts:
        rows += button_row(button(Choice.START_REVIEW, siret), button(Choice.CALENDAR, siret))
        rows += button_column(_just_announced(register, context))
    exports = (button(Choice.EXPORT, kind, text(f"button.export_{kind}")) for kind in EXPORT_KINDS)
    rows += button_row(button(Choice.ADD_ACCOUNT)) + button_row(*exports)
    return Ask(body, rows + button_column(map(account_button, shown)) + page_turns(page, pages))


MOST_TO_TAKE_BACK = 3
"""Departures that the list of accounts offers to take back."""


def _just_announced(register: EmployerAccounts, context: Context) -> list[Button]:
    """A button for each departure that is to come, or not a week old."""
    leavers = [one for one in register.leavers() if one.may_stay(context.today)]
    return [
        button(Choice.STAYS, one.id, text("button.stays_of", name=one.holder.name))
        for one in leavers[:MOST_TO_TAKE_BACK]
    ]


def is_locked_out(register: EmployerAccounts, context: Context) -> bool:
    """Tell whether the administrator's own account has expired and nobody else can renew it."""
    mine = register.account(register.me)
    expired = mine is not None and mine.is_expired(context.today)
    return expired and not register.others_in_charge(register.me, context.today)


def _notes(register: EmployerAccounts, context: Context) -> list[Text]:
    notes = []
    if is_locked_out(register, context):
        notes.append(text("accounts.locked_out"))
    if len(register.administrators) == 1:
        notes.append(text("accounts.second_advised"))
    if register.review is not None and register.pending():
        notes.append(text("review.open", count=len(register.pending())))
    return notes


def _account(state: states.ReadingAccount, context: Context) -> Ask:
    account = account_of(state, context)
    page = text(
        "accounts.page",
        name=account.holder.name,
        identifier=account.identifier,
        role=text(f"role.{account.role}"),
        email=account.holder.email or text("accounts.no_email"),
        standing=account_standing(account, context),
    )
    ways = _ways_of(account, context)
    second = map(button, (Choice.EDIT_ACCOUNT, Choice.INVITE, Choice.BACK))
    return Ask(page, button_row(*ways) + button_row(*second))


def _ways_of(account: Account, context: Context) -> list[Button]:
    """What becomes of an account; that of a leaver is not to be renewed, or only until the day."""
    ways = [button(Choice.RENEW), button(Choice.DELETE_ACCOUNT)]
    if account.leaves is None:
        return ways
    leaver = [button(Choice.DELETE_ACCOUNT), button(Choice.STAYS, account.id)]
    return leaver if account.is_leaving(context.today) else [leaver[1], *ways]


def _recycling(state: states.ConfirmingRecycling, context: Context) -> Ask:
    ways = button_column((button(Choice.ADD_ACCOUNT), button(Choice.RECYCLE), button(Choice.BACK)))
    return Ask(text("accounts.recycling", name=state.entry.holder.name), ways)


def _deletion(state: states.DeletingAccount, context: Context) -> Ask:
    account = account_of(state, context)
    steps = _steps("steps.delete", account)
    stays = (button(Choice.STAYS, account.id),) if account.leaves else ()
    return replace(steps, rows=steps.rows + button_row(*stays))


def _steps(key: str, account: Account) -> Ask:
    told = text(key, identifier=account.identifier, name=account.holder.name)
    return Ask(told, button_row(button(Choice.DONE), button(Choice.NOT_DONE)))


def date_ask(key: str, context: Context) -> Ask:
    """Ask the new expiry date shown in PEP's; the usual one has a button, others are typed."""
    proposed = add_months(context.today, context.rules.months)
    words = text("button.proposed_date", day=format_date(proposed), months=context.rules.months)
    ways = (button(Choice.DATE, proposed.isoformat(), words), button(Choice.NOT_DONE))
    return Ask(text(key), button_column(ways))


def _review(state: states.ReviewingAccounts, context: Context) -> Ask:
    register, account = register_of(state, context), account_of(state, context)
    match state.stage:
        case "renewal":
            return _steps("steps.renew", account)
        case "deletion":
            return _steps("steps.delete", account)
        case "date":
            return date_ask("review.date", context)
        case "verdict":
            return _verdict(register, account, context)


def _verdict(register: EmployerAccounts, account: Account, context: Context) -> Ask:
    scope = register.review.scope if register.review else ()
    number = scope.index(account.id) + 1 if account.id in scope else 1
    line = account_line(account, account_standing(account, context))
    key = "review.leaver" if account.is_leaving(context.today) else "review.account"
    asked = text(key, number=number, count=max(1, len(scope)), line=line)
    ways = button_row(*_ways_of(account, context), button(Choice.LATER))
    renewable = len(renewable_accounts(register))
    if renewable > 1:
        label = text("button.renew_all", count=renewable)
        ways += button_row(button(Choice.RENEW_ALL, "", label))
    return Ask(asked, ways + button_row(button(Choice.STOP_REVIEW)))


def renewable_accounts(register: EmployerAccounts) -> tuple[Account, ...]:
    """The accounts that « tout renouveler » renews: never that of somebody who leaves."""
    return tuple(account for account in register.pending() if account.leaves is None)


def _all(state: states.RenewingAll, context: Context) -> Ask:
    count = len(state.seen)
    if state.stage == "date":
        return date_ask("review.date_of_all", context)
    sure = button(Choice.DONE, "", text("button.all_done", count=count))
    return Ask(text("review.all", count=count), button_column((sure, button(Choice.BACK))))


def _departing(state: states.Departing, context: Context) -> Ask:
    register = register_of(state, context)
    users = [one for one in register.accounts if not one.is_administrator]
    match state.stage:
        case "who":
            who = button_column(map(button, (Choice.MYSELF, Choice.ADMINISTRATOR, Choice.USER)))
            if state.day is not None:
                return Ask(text("departure.who_on", day=spell_date(state.day)), who)
            return Ask(text("departure.who"), who)
        case "day":
            name = account_label(account_of(state, context))
            now = button(Choice.DATE, context.today.isoformat(), text("button.leaves_today"))
            asked = text("departure.day", name=name)
            return Ask(asked, button_row(now, button(Choice.BACK)), awaits_text=True)
        case "back":
            buttons = [
                button(Choice.STAYS, one.id, account_button(one).label)
                for one in register.leavers()[:MOST_OFFERED]
            ]
            return Ask(text("departure.which_back"), button_column((*buttons, button(Choice.BACK))))
        case "administrator":
            others = [one for one in register.administrators if one.id != register.me]
            return _choice(text("departure.which_administrator"), others)
        case "user":
            return _choice(text("departure.which_user"), users)
        case "promotion":
            staying = [one for one in users if one.leaves is None]
            return _choice(text("departure.which_promoted"), staying)
        case "promoted":
            return _steps("steps.promote", account_of(state, context))
        case "successor":
            ways = button_column(map(button, (Choice.PROMOTE, Choice.CREATE, Choice.LATER)))
            ways += button_row(button(Choice.STAYS, state.account))
            return Ask(text("departure.successor", employer=register.employer.name), ways)


def _choice(asked: Text, accounts: list[Account]) -> Ask:
    rows = button_column(map(account_button, accounts[:MOST_OFFERED]))
    said = asked if accounts else text("departure.nobody")
    return Ask(said, rows + button_row(button(Choice.BACK)))


def _inviting(state: states.Inviting, context: Context) -> Ask:
    if state.account:
        name = account_of(state, context).holder.name
        ways = button_row(button(Choice.REVOKE), button(Choice.BACK))
        return Ask(text("invitation.out", name=name), ways)
    register = register_of(state, context)
    staying = [one for one in register.administrators if one.leaves is None]
    accounts = [one for one in staying if one.id != register.me]
    others = button_column(map(account_button, accounts[:MOST_OFFERED]))
    key = "invitation.which" if accounts else "invitation.nobody"
    return Ask(text(key), others + button_row(button(Choice.CREATE), button(Choice.PROMOTE)))


def _leave(state: states.TakingLeave, context: Context) -> Ask:
    register = register_of(state, context)
    if state.first is None:
        link = register.link_of(register.me)
        away_until = link.away_until if link is not None else None
        is_away = away_until is not None and away_until >= context.today
        back = (button(Choice.RETURNED),) if is_away else ()
        return Ask(text("leave.first"), button_row(*back, button(Choice.BACK)), awaits_text=True)
    if state.last is None:
        asked = text("leave.last", first=spell_date(state.first))
        return Ask(asked, button_row(button(Choice.BACK)), awaits_text=True)
    others = [account_button(one, Choice.STAND_IN) for one in stand_ins(register, context)]
    nobody = button(Choice.STAND_IN, "", text("button.no_stand_in"))
    days = {"first": spell_date(state.first), "last": spell_date(state.last)}
    return Ask(text("leave.stand_in", **days), button_column((*others[:20], nobody)))


def stand_ins(register: EmployerAccounts, context: Context) -> tuple[Account, ...]:
    """The other administrators who can act and are reached in the chat."""
    others = register.others_in_charge(register.me, context.today)
    return tuple(account for account in others if register.link_of(account.id) is not None)


ACCOUNT_SCREENS: Mapping[type, Callable[[Any, Context], Ask]] = {
    states.ChoosingEmployer: _register_choice,
    states.BrowsingAccounts: _accounts,
    states.ReadingAccount: _account,
    states.EditingAccount: entry_question,
    states.ConfirmingRecycling: _recycling,
    states.DeletingAccount: _deletion,
    states.ReviewingAccounts: _review,
    states.RenewingAll: _all,
    states.Departing: _departing,
    states.Inviting: _inviting,
    states.TakingLeave: _leave,
    states.Importing: lambda *_: Ask(text("sheet.send"), button_row(button(Choice.BACK))),
}
"""The screen of each of their states."""
