"""The preview of an import: what is new, changed, missing, unknown and refused."""

from collections.abc import Sequence

from bot.conversation.texts import Text, text
from bot.domain.account import Account
from bot.domain.account_changes import account_label
from bot.domain.account_import import ImportPlan, RefusedLine

SHOWN = 15
"""Of each kind; the rest is counted."""


def preview(plan: ImportPlan) -> Text:
    """Everything that there is to know before writing."""
    return text(
        "sheet.preview",
        new=_accounts("sheet.new", plan.new),
        changed=_accounts("sheet.changed", plan.changed),
        missing=_accounts("sheet.missing", plan.missing),
        unknown=_unknown(plan.unknown_columns),
        refused=_refused(plan.refused),
        unchanged=text("sheet.unchanged", count=plan.unchanged),
    )


def _accounts(key: str, accounts: Sequence[Account]) -> Text:
    if not accounts:
        return text("layout.nothing")
    lines = tuple(text("layout.bullet", words=account_label(one)) for one in accounts[:SHOWN])
    return text(key, count=len(accounts), lines=lines + _rest(len(accounts)))


def _refused(lines: Sequence[RefusedLine]) -> Text:
    if not lines:
        return text("layout.nothing")
    shown = tuple(refused_line(one) for one in lines[:SHOWN])
    return text("sheet.refused", count=len(lines), lines=shown + _rest(len(lines)))


def refused_line(line: RefusedLine) -> Text:
    """« ligne 4 : … »."""
    key = line.fault if line.fault.startswith(("line.", "refusal.")) else f"fault.{line.fault}"
    return text("sheet.refused_line", number=line.number, reason=text(key, name="", length=""))


def _unknown(columns: Sequence[str]) -> Text:
    if not columns:
        return text("layout.nothing")
    return text("sheet.unknown", names=", ".join(columns[:SHOWN]))


def _rest(count: int) -> tuple[Text, ...]:
    return (text("sheet.rest", count=count - SHOWN),) if count > SHOWN else ()
