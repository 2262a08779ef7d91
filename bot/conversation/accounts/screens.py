"""What an administrator sees of each state; the register itself comes with the context."""

from typing import assert_never

from bot.conversation.accounts import states
from bot.conversation.accounts.states import AccountState
from bot.conversation.accounts.texts import account_line, account_standing, entry_question, name_of
from bot.conversation.choices import Choice, button
from bot.conversation.context import Context
from bot.conversation.effects import Ask, Button, Effect
from bot.conversation.screens.layout import button_column, button_page, button_row, content_label
from bot.conversation.texts import Text, text
from bot.domain.account import Account, add_months
from bot.domain.dates import format_date
from bot.domain.employer_accounts import EmployerAccounts

Screen = tuple[Effect, ...]

KINDS = ("xlsx", "csv")
"""What the register is exported as, the one that opens at a double click first."""
LINES = 12
"""Accounts on a page."""


def show_accounts(state: AccountState, context: Context) -> Screen:
    """What a state of the administrators' room shows."""
    match state:
        case states.ChoosingEmployer():
            return (_houses(state, context),)
        case states.BrowsingAccounts():
            return (_accounts(state, context),)
        case states.ReadingAccount():
            return (_account(state, context),)
        case states.EditingAccount():
            return (entry_question(state),)
        case states.Importing():
            return (Ask(text("sheet.send"), button_row(button(Choice.BACK))),)
        case states.Inviting():
            return (_inviting(state, context),)
        case states.TakingLeave():
            return (_leave(state, context),)
        case _:
            return (_show_deed(state, context),)


def _show_deed(
    state: (
        states.ConfirmingRecycling
        | states.DeletingAccount
        | states.ReviewingAccounts
        | states.RenewingAll
        | states.Departing
    ),
    context: Context,
) -> Ask:
    """The screens at whose end something is done in PEP's."""
    match state:
        case states.ConfirmingRecycling():
            ways = button_column(
                (button(Choice.ADD_ACCOUNT), button(Choice.RECYCLE), button(Choice.BACK))
            )
            return Ask(text("accounts.recycling", name=state.entry.holder.name), ways)
        case states.DeletingAccount():
            return _steps("steps.delete", account_of(state, context))
        case states.ReviewingAccounts():
            return _review(state, context)
        case states.RenewingAll():
            return _all(state, context)
        case states.Departing():
            return _departing(state, context)
        case _:
            assert_never(state)


def house_of(state: states.EmployerState, context: Context) -> EmployerAccounts:
    return context.houses[state.siret]


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
    """The account that a state is about; `guard` has seen to it that it is there."""
    account = house_of(state, context).account(state.account)
    if account is None:
        raise LookupError("the account is gone")
    return account


def account_button(account: Account, choice: Choice = Choice.ACCOUNT) -> Button:
    return button(choice, account.id, content_label(f"{name_of(account)} · {account.identifier}"))


def _houses(state: states.ChoosingEmployer, context: Context) -> Ask:
    buttons = [
        button(Choice.HOUSE, one.siret, content_label(one.name)) for one in context.administered
    ]
    return Ask(text("accounts.which_house"), button_page(buttons, state.page))


def _accounts(state: states.BrowsingAccounts, context: Context) -> Ask:
    house = house_of(state, context)
    accounts = house.by_urgency()
    pages = max(1, -(-len(accounts) // LINES))
    page = min(state.page, pages - 1)
    shown = accounts[page * LINES : (page + 1) * LINES]
    body = text(
        "accounts.whole",
        employer=house.employer.name,
        count=len(accounts),
        lines=tuple(account_line(account, context) for account in shown),
        notes=tuple(_notes(house, context)),
    )
    return Ask(body, _account_rows(house, shown, page, pages, context))


def _account_rows(
    house: EmployerAccounts, shown: tuple[Account, ...], page: int, pages: int, context: Context
) -> tuple[tuple[Button, ...], ...]:
    siret = house.employer.siret
    turns = []
    if page > 0:
        turns.append(button(Choice.PAGE, page - 1, text("button.previous")))
    if page < pages - 1:
        turns.append(button(Choice.PAGE, page + 1, text("button.next")))
    ways: tuple[tuple[Button, ...], ...] = ()
    if is_locked_out(house, context):
        ways = button_row(button(Choice.SUPPORT))
    if house.accounts:
        ways += button_row(button(Choice.START_REVIEW, siret), button(Choice.CALENDAR, siret))
    ways += button_row(button(Choice.ADD_ACCOUNT))
    ways += button_row(
        *(button(Choice.EXPORT, kind, text(f"button.export_{kind}")) for kind in KINDS)
    )
    return ways + button_column(map(account_button, shown)) + ((tuple(turns),) if turns else ())


def is_locked_out(house: EmployerAccounts, context: Context) -> bool:
    """Whether who asks has expired, and nobody else can renew their account."""
    mine = house.account(house.me)
    expired = mine is not None and mine.is_expired(context.today)
    return expired and not house.others_in_charge(house.me, context.today)


def _notes(house: EmployerAccounts, context: Context) -> list[Text]:
    notes = []
    if is_locked_out(house, context):
        notes.append(text("accounts.locked_out"))
    if len(house.administrators) == 1:
        notes.append(text("accounts.second_advised"))
    if house.review is not None and house.pending():
        notes.append(text("review.open", count=len(house.pending())))
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
    first = [button(Choice.RENEW), button(Choice.EDIT_ACCOUNT), button(Choice.DELETE_ACCOUNT)]
    second = [button(Choice.INVITE)]
    if account.leaving:
        second.append(button(Choice.STAYS))
    return Ask(page, (tuple(first), (*second, button(Choice.BACK))))


def _steps(key: str, account: Account) -> Ask:
    told = text(key, identifier=account.identifier, name=name_of(account))
    return Ask(told, button_row(button(Choice.DONE), button(Choice.NOT_DONE)))


def date_ask(key: str, context: Context) -> Ask:
    """The date that PEP's displays; 18 months from today is proposed, others are typed."""
    proposed = add_months(context.today, context.rules.months)
    words = text("button.proposed_date", day=format_date(proposed), months=context.rules.months)
    ways = button_column(
        (button(Choice.DATE, proposed.isoformat(), words), button(Choice.NOT_DONE))
    )
    return Ask(text(key), ways)


def _review(state: states.ReviewingAccounts, context: Context) -> Ask:
    house, account = house_of(state, context), account_of(state, context)
    match state.stage:
        case "renewal":
            return _steps("steps.renew", account)
        case "deletion":
            return _steps("steps.delete", account)
        case "date":
            return date_ask("review.date", context)
        case "verdict":
            return _verdict(house, account, context)


def _verdict(house: EmployerAccounts, account: Account, context: Context) -> Ask:
    scope = house.review.scope if house.review else ()
    number = scope.index(account.id) + 1 if account.id in scope else 1
    asked = text(
        "review.account",
        number=number,
        count=max(1, len(scope)),
        line=account_line(account, context),
    )
    ways = button_row(button(Choice.RENEW), button(Choice.DELETE_ACCOUNT), button(Choice.LATER))
    renewable = renewable_accounts(house)
    if len(renewable) > 1:
        ways += button_row(
            button(Choice.RENEW_ALL, "", text("button.renew_all", count=len(renewable)))
        )
    return Ask(asked, ways + button_row(button(Choice.STOP_REVIEW)))


def renewable_accounts(house: EmployerAccounts) -> tuple[Account, ...]:
    """What « tout renouveler » is about: never an account whose holder leaves."""
    return tuple(account for account in house.pending() if not account.leaving)


def _all(state: states.RenewingAll, context: Context) -> Ask:
    count = len(state.seen)
    if state.stage == "date":
        return date_ask("review.date_of_all", context)
    sure = button(Choice.DONE, "", text("button.all_done", count=count))
    return Ask(text("review.all", count=count), button_column((sure, button(Choice.BACK))))


def _departing(state: states.Departing, context: Context) -> Ask:
    house = house_of(state, context)
    match state.stage:
        case "who":
            who = (Choice.MYSELF, Choice.ADMINISTRATOR, Choice.USER)
            return Ask(text("departure.who"), button_column(button(one) for one in who))
        case "administrator":
            others = [one for one in house.administrators if one.id != house.me]
            return _choice(text("departure.which_administrator"), others)
        case "user":
            users = [one for one in house.accounts if not one.is_administrator]
            return _choice(text("departure.which_user"), users)
        case "promotion":
            users = [one for one in house.accounts if not one.is_administrator and not one.leaving]
            return _choice(text("departure.which_promoted"), users)
        case "promoted":
            return _steps("steps.promote", account_of(state, context))
        case "successor":
            ways = (Choice.PROMOTE, Choice.CREATE, Choice.LATER)
            employer = house.employer.name
            return Ask(
                text("departure.successor", employer=employer), button_column(map(button, ways))
            )


def _choice(asked: Text, accounts: list[Account]) -> Ask:
    if not accounts:
        return Ask(text("departure.nobody"), button_row(button(Choice.BACK)))
    return Ask(
        asked, button_column(map(account_button, accounts[:60])) + button_row(button(Choice.BACK))
    )


def _inviting(state: states.Inviting, context: Context) -> Ask:
    if state.account:
        name = name_of(account_of(state, context))
        ways = button_row(button(Choice.REVOKE), button(Choice.BACK))
        return Ask(text("invitation.out", name=name), ways)
    house = house_of(state, context)
    accounts = [one for one in house.administrators if one.id != house.me and not one.leaving]
    others = button_column(map(account_button, accounts[:60]))
    key = "invitation.which" if accounts else "invitation.nobody"
    return Ask(text(key), others + button_row(button(Choice.CREATE), button(Choice.PROMOTE)))


def _leave(state: states.TakingLeave, context: Context) -> Ask:
    house = house_of(state, context)
    if state.first is None:
        seat = house.link_of(house.me)
        away = seat is not None and seat.away_until is not None
        is_away = away and seat is not None and (seat.away_until or context.today) >= context.today
        back = (button(Choice.RETURNED),) if is_away else ()
        return Ask(text("leave.first"), button_row(*back, button(Choice.BACK)), awaits_text=True)
    if state.last is None:
        return Ask(text("leave.last"), button_row(button(Choice.BACK)), awaits_text=True)
    others = [account_button(one, Choice.STAND_IN) for one in stand_ins(house, context)]
    nobody = button(Choice.STAND_IN, "", text("button.no_stand_in"))
    return Ask(text("leave.stand_in"), button_column((*others[:20], nobody)))


def stand_ins(house: EmployerAccounts, context: Context) -> tuple[Account, ...]:
    """The other administrators who can act, and hear of it in the chat."""
    others = house.others_in_charge(house.me, context.today)
    return tuple(account for account in others if house.link_of(account.id) is not None)
