"""The rows of the administrators' room, for the one table of `machine.py`."""

from collections.abc import Mapping

from bot.conversation.accounts import states
from bot.conversation.accounts.events import (
    Attached,
    ImportPlanned,
    ImportWritten,
    InvitationAnswered,
    Invited,
    Received,
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
from bot.conversation.rows import Row
from bot.conversation.states import State
from bot.conversation.steps import search

ROWS: Mapping[type[State], Row] = {
    states.ChoosingHouse: {
        Choice.HOUSE: entrance.house_picked,
        Choice.PAGE: entrance.page_turned,
    },
    states.BrowsingAccounts: {
        Typed: search.asked,
        Choice.ACCOUNT: register.account_picked,
        Choice.PAGE: register.page_turned,
        Choice.ADD_ACCOUNT: writing.addition_wanted,
        Choice.EXPORT: sheet.export_wanted,
        Choice.SUPPORT: support.support_wanted,
        RegisterChanged: register.changed_elsewhere,
    },
    states.ReadingAccount: {
        Typed: search.asked,
        Choice.RENEW: register.renewal_wanted,
        Choice.EDIT_ACCOUNT: writing.edit_wanted,
        Choice.DELETE_ACCOUNT: deletion.deletion_wanted,
        Choice.INVITE: seats.invitation_wanted,
        Choice.STAYS: register.stays_after_all,
        RegisterChanged: register.stayed,
        Choice.BACK: register.went_to_list,
        "/retour": register.went_to_list,
    },
    states.EditingAccount: {
        Typed: writing.told,
        Choice.FIELD: writing.field_picked,
        Choice.ROLE: writing.role_picked,
        Choice.SKIP: writing.email_skipped,
        Choice.UNKNOWN_DATE: writing.date_unknown,
        Choice.DATE: writing.estimate_kept,
        RegisterChanged: writing.written,
        Choice.BACK: register.went_to_list,
        "/retour": register.went_to_list,
    },
    states.ConfirmingRecycling: {
        Choice.ADD_ACCOUNT: writing.addition_wanted,
        Choice.RECYCLE: writing.recycling_confirmed,
        RegisterChanged: writing.recycled,
        Choice.BACK: register.went_to_list,
        "/retour": register.went_to_list,
    },
    states.DeletingAccount: {
        Choice.DONE: deletion.deletion_done,
        Choice.NOT_DONE: deletion.not_deleted,
        RegisterChanged: deletion.deleted,
        "/retour": register.went_to_list,
    },
    states.ReviewingAccounts: {
        Typed: review.date_told,
        Choice.RENEW: review.renewal_chosen,
        Choice.DELETE_ACCOUNT: review.deletion_chosen,
        Choice.LATER: review.postponed,
        Choice.DONE: review.done,
        Choice.NOT_DONE: review.postponed,
        Choice.DATE: review.date_picked,
        Choice.RENEW_ALL: review.all_wanted,
        Choice.STOP_REVIEW: review.stopped,
        RegisterChanged: review.moved_on,
        "/retour": review.went_back,
    },
    states.RenewingAll: {
        Typed: review.all_told,
        Choice.DONE: review.all_confirmed,
        Choice.DATE: review.all_dated,
        Choice.NOT_DONE: review.all_left,
        RegisterChanged: review.all_renewed,
        Choice.BACK: review.all_left,
        "/retour": review.all_left,
    },
    states.Departing: {
        Choice.MYSELF: departure.i_leave,
        Choice.ADMINISTRATOR: departure.administrator_leaves,
        Choice.USER: departure.user_leaves,
        Choice.ACCOUNT: departure.account_picked,
        Choice.PROMOTE: departure.promotion_wanted,
        Choice.CREATE: departure.creation_wanted,
        Choice.DONE: departure.promotion_done,
        Choice.NOT_DONE: departure.put_off,
        Choice.LATER: departure.put_off,
        RegisterChanged: departure.announced,
        Choice.BACK: departure.put_off,
        "/retour": departure.put_off,
    },
    states.Inviting: {
        Choice.ACCOUNT: seats.account_picked,
        Choice.CREATE: departure.creation_wanted,
        Choice.PROMOTE: departure.promotion_wanted,
        Choice.REVOKE: seats.revocation_wanted,
        Invited: seats.invited,
        RegisterChanged: seats.revoked,
        Choice.BACK: register.went_to_list,
        "/retour": register.went_to_list,
    },
    states.TakingLeave: {
        Typed: seats.leave_told,
        Choice.STAND_IN: seats.stand_in_picked,
        Choice.RETURNED: seats.returned,
        RegisterChanged: seats.leave_noted,
        Choice.BACK: seats.went_back,
        "/retour": seats.went_back,
    },
    states.Importing: {
        Attached: sheet.attached,
        Received: sheet.received,
        ImportPlanned: sheet.planned,
        Choice.WRITE: sheet.confirmed,
        ImportWritten: sheet.written,
        Choice.BACK: sheet.left,
        "/retour": sheet.left,
    },
}

ANYWHERE: Row = {
    "/comptes": entrance.wanted,
    "/revue": entrance.wanted,
    "/inviter": entrance.wanted,
    "/depart": entrance.wanted,
    "/conges": entrance.wanted,
    "/importer": entrance.wanted,
    "/exporter": entrance.wanted,
    Choice.ACCOUNTS: entrance.accounts_again,
    Choice.START_REVIEW: entrance.review_started,
    Choice.REMIND_LATER: notices.snoozed,
    Choice.CALENDAR: notices.calendar_wanted,
    Attached: sheet.attached_beside,
    Received: sheet.received_beside,
    InvitationAnswered: seats.invitation_answered,
}
