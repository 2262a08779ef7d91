"""The administrators' rows of the transition table in `machine.py`."""

from collections.abc import Mapping

from bot.conversation.accounts import states
from bot.conversation.accounts.steps import absences, departures, edit, register, review
from bot.conversation.events import (
    Attached,
    DocumentFetched,
    ImportPlanned,
    ImportWritten,
    InvitationAnswered,
    Invited,
    RegisterChanged,
    Typed,
)
from bot.conversation.flow import TransitionRow
from bot.conversation.screens.layout import Choice
from bot.conversation.states import State
from bot.conversation.steps import own_requests

ACCOUNT_ROWS: Mapping[type[State], TransitionRow] = {
    states.ChoosingEmployer: {
        Choice.REGISTER: register.register_picked,
        Choice.PAGE: register.accounts_page_turned,
    },
    states.BrowsingAccounts: {
        Typed: own_requests.text_at_rest,
        Choice.ACCOUNT: register.account_opened,
        Choice.PAGE: register.accounts_page_turned,
        Choice.ADD_ACCOUNT: edit.addition_wanted,
        Choice.EXPORT: register.export_wanted,
        Choice.SUPPORT: departures.support_wanted,
        RegisterChanged: register.change_acknowledged,
    },
    states.ReadingAccount: {
        Typed: own_requests.text_at_rest,
        Choice.RENEW: register.renewal_wanted,
        Choice.EDIT_ACCOUNT: edit.edit_wanted,
        Choice.DELETE_ACCOUNT: edit.deletion_wanted,
        Choice.INVITE: departures.invitation_wanted,
        RegisterChanged: departures.departure_withdrawn,
        Choice.BACK: register.went_back_to_accounts,
    },
    states.EditingAccount: {
        Typed: edit.entry_told,
        Choice.FIELD: edit.field_picked,
        Choice.ROLE: edit.role_picked,
        Choice.SKIP: edit.email_skipped,
        Choice.UNKNOWN_DATE: edit.date_unknown,
        Choice.DATE: edit.estimate_kept,
        RegisterChanged: edit.entry_written,
        Choice.BACK: register.went_back_to_accounts,
    },
    states.ConfirmingRecycling: {
        Choice.ADD_ACCOUNT: edit.addition_wanted,
        Choice.RECYCLE: edit.recycling_confirmed,
        RegisterChanged: edit.account_recycled,
        Choice.BACK: register.went_back_to_accounts,
    },
    states.DeletingAccount: {
        Choice.DONE: edit.deletion_done,
        Choice.NOT_DONE: edit.account_not_deleted,
        RegisterChanged: edit.account_deleted,
        Choice.BACK: register.went_back_to_accounts,
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
        "/annuler": review.review_stopped,
        RegisterChanged: review.review_moved_on,
        Choice.BACK: review.went_back_in_review,
    },
    states.RenewingAll: {
        Typed: review.renewal_date_told,
        Choice.DONE: review.renewing_all_confirmed,
        Choice.DATE: review.renewal_date_picked,
        Choice.NOT_DONE: review.renewing_all_left,
        "/annuler": review.review_stopped,
        RegisterChanged: review.review_moved_on,
        Choice.BACK: review.renewing_all_left,
    },
    states.Departing: {
        Typed: departures.departure_typed,
        Choice.DATE: departures.departure_day_picked,
        Choice.MYSELF: departures.own_departure_chosen,
        Choice.ADMINISTRATOR: departures.leaver_kind_chosen,
        Choice.USER: departures.leaver_kind_chosen,
        Choice.ACCOUNT: departures.departing_account_picked,
        Choice.PROMOTE: departures.promotion_wanted,
        Choice.CREATE: departures.creation_wanted,
        Choice.DONE: departures.promotion_done,
        Choice.NOT_DONE: departures.departure_put_off,
        Choice.LATER: departures.departure_put_off,
        RegisterChanged: departures.departure_announced,
        Choice.BACK: departures.departure_put_off,
    },
    states.Inviting: {
        Choice.ACCOUNT: departures.invited_account_picked,
        Choice.CREATE: departures.creation_wanted,
        Choice.PROMOTE: departures.promotion_wanted,
        Choice.REVOKE: departures.revocation_wanted,
        Invited: departures.invitation_made,
        RegisterChanged: departures.invitation_revoked,
        Choice.BACK: register.went_back_to_accounts,
    },
    states.TakingLeave: {
        Typed: absences.absence_date_told,
        Choice.STAND_IN: absences.stand_in_picked,
        Choice.RETURNED: absences.absence_ended,
        RegisterChanged: absences.absence_recorded,
        Choice.BACK: register.went_back_to_accounts,
    },
    states.Importing: {
        Attached: register.sheet_attached,
        DocumentFetched: register.sheet_received,
        ImportPlanned: register.import_planned,
        Choice.WRITE: register.import_confirmed,
        ImportWritten: register.import_written,
        Choice.BACK: register.went_back_to_accounts,
    },
}

ACCOUNT_ANYWHERE: TransitionRow = {
    "/comptes": register.accounts_command_given,
    "/revue": register.accounts_command_given,
    "/inviter": register.accounts_command_given,
    "/depart": register.accounts_command_given,
    "/conges": register.accounts_command_given,
    "/importer": register.accounts_command_given,
    "/exporter": register.accounts_command_given,
    Choice.ACCOUNTS: register.accounts_wanted,
    Choice.START_REVIEW: register.review_started,
    Choice.REMIND_LATER: register.reminder_snoozed,
    Choice.CALENDAR: register.calendar_wanted,
    Choice.STAYS: departures.departure_taken_back,
    Attached: register.sheet_attached_elsewhere,
    DocumentFetched: register.sheet_received_elsewhere,
    InvitationAnswered: departures.invitation_answered,
}
