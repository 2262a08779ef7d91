"""The rows of the administrators' room, for the one table of `machine.py`."""

from collections.abc import Mapping

from bot.conversation.accounts import states
from bot.conversation.accounts.events import (
    Attached,
    DocumentFetched,
    ImportPlanned,
    ImportWritten,
    InvitationAnswered,
    Invited,
    RegisterChanged,
)
from bot.conversation.accounts.steps import (
    deletion,
    departure,
    entrance,
    notices,
    register,
    review,
    seats,
    sheet,
    support,
    writing,
)
from bot.conversation.choice import Choice
from bot.conversation.events import Typed
from bot.conversation.rows import TransitionRow
from bot.conversation.states import State
from bot.conversation.steps import search

ACCOUNT_ROWS: Mapping[type[State], TransitionRow] = {
    states.ChoosingEmployer: {
        Choice.HOUSE: entrance.register_picked,
        Choice.PAGE: entrance.registers_page_turned,
    },
    states.BrowsingAccounts: {
        Typed: search.question_asked,
        Choice.ACCOUNT: register.account_opened,
        Choice.PAGE: register.accounts_page_turned,
        Choice.ADD_ACCOUNT: writing.addition_wanted,
        Choice.EXPORT: sheet.export_wanted,
        Choice.SUPPORT: support.support_wanted,
        RegisterChanged: register.change_acknowledged,
    },
    states.ReadingAccount: {
        Typed: search.question_asked,
        Choice.RENEW: register.renewal_wanted,
        Choice.EDIT_ACCOUNT: writing.edit_wanted,
        Choice.DELETE_ACCOUNT: deletion.deletion_wanted,
        Choice.INVITE: seats.invitation_wanted,
        Choice.STAYS: register.departure_withdrawal_wanted,
        RegisterChanged: register.departure_withdrawn,
        Choice.BACK: register.went_back_to_accounts,
        "/retour": register.went_back_to_accounts,
    },
    states.EditingAccount: {
        Typed: writing.entry_told,
        Choice.FIELD: writing.field_picked,
        Choice.ROLE: writing.role_picked,
        Choice.SKIP: writing.email_skipped,
        Choice.UNKNOWN_DATE: writing.date_unknown,
        Choice.DATE: writing.estimate_kept,
        RegisterChanged: writing.entry_written,
        Choice.BACK: register.went_back_to_accounts,
        "/retour": register.went_back_to_accounts,
    },
    states.ConfirmingRecycling: {
        Choice.ADD_ACCOUNT: writing.addition_wanted,
        Choice.RECYCLE: writing.recycling_confirmed,
        RegisterChanged: writing.account_recycled,
        Choice.BACK: register.went_back_to_accounts,
        "/retour": register.went_back_to_accounts,
    },
    states.DeletingAccount: {
        Choice.DONE: deletion.deletion_done,
        Choice.NOT_DONE: deletion.account_not_deleted,
        RegisterChanged: deletion.account_deleted,
        "/retour": register.went_back_to_accounts,
    },
    states.ReviewingAccounts: {
        Typed: review.renewal_date_told,
        Choice.RENEW: review.renewal_chosen,
        Choice.DELETE_ACCOUNT: review.deletion_chosen,
        Choice.LATER: review.account_postponed,
        Choice.DONE: review.done_in_peps,
        Choice.NOT_DONE: review.account_postponed,
        Choice.DATE: review.renewal_date_picked,
        Choice.RENEW_ALL: review.renewing_all_wanted,
        Choice.STOP_REVIEW: review.review_stopped,
        RegisterChanged: review.review_moved_on,
        "/retour": review.went_back_in_review,
    },
    states.RenewingAll: {
        Typed: review.renewing_all_date_told,
        Choice.DONE: review.renewing_all_confirmed,
        Choice.DATE: review.renewing_all_date_picked,
        Choice.NOT_DONE: review.renewing_all_left,
        RegisterChanged: review.renewing_all_done,
        Choice.BACK: review.renewing_all_left,
        "/retour": review.renewing_all_left,
    },
    states.Departing: {
        Choice.MYSELF: departure.own_departure_chosen,
        Choice.ADMINISTRATOR: departure.administrator_leaves,
        Choice.USER: departure.user_leaves,
        Choice.ACCOUNT: departure.departing_account_picked,
        Choice.PROMOTE: departure.promotion_wanted,
        Choice.CREATE: departure.creation_wanted,
        Choice.DONE: departure.promotion_done,
        Choice.NOT_DONE: departure.departure_put_off,
        Choice.LATER: departure.departure_put_off,
        RegisterChanged: departure.departure_announced,
        Choice.BACK: departure.departure_put_off,
        "/retour": departure.departure_put_off,
    },
    states.Inviting: {
        Choice.ACCOUNT: seats.invited_account_picked,
        Choice.CREATE: departure.creation_wanted,
        Choice.PROMOTE: departure.promotion_wanted,
        Choice.REVOKE: seats.revocation_wanted,
        Invited: seats.invitation_made,
        RegisterChanged: seats.invitation_revoked,
        Choice.BACK: register.went_back_to_accounts,
        "/retour": register.went_back_to_accounts,
    },
    states.TakingLeave: {
        Typed: seats.absence_date_told,
        Choice.STAND_IN: seats.stand_in_picked,
        Choice.RETURNED: seats.absence_ended,
        RegisterChanged: seats.absence_recorded,
        Choice.BACK: seats.absence_left,
        "/retour": seats.absence_left,
    },
    states.Importing: {
        Attached: sheet.sheet_attached,
        DocumentFetched: sheet.sheet_received,
        ImportPlanned: sheet.import_planned,
        Choice.WRITE: sheet.import_confirmed,
        ImportWritten: sheet.import_written,
        Choice.BACK: sheet.import_left,
        "/retour": sheet.import_left,
    },
}

ACCOUNT_ANYWHERE: TransitionRow = {
    "/comptes": entrance.accounts_command_given,
    "/revue": entrance.accounts_command_given,
    "/inviter": entrance.accounts_command_given,
    "/depart": entrance.accounts_command_given,
    "/conges": entrance.accounts_command_given,
    "/importer": entrance.accounts_command_given,
    "/exporter": entrance.accounts_command_given,
    Choice.ACCOUNTS: entrance.accounts_wanted,
    Choice.START_REVIEW: entrance.review_started,
    Choice.REMIND_LATER: notices.reminder_snoozed,
    Choice.CALENDAR: notices.calendar_wanted,
    Attached: sheet.sheet_attached_elsewhere,
    DocumentFetched: sheet.sheet_received_elsewhere,
    InvitationAnswered: seats.invitation_answered,
}
