"""
Who may do what: the whole table, for a policy officer to read.

A permission is `app.verb_noun`; a role that is not named with it does not have it. Which *rows* a
person reaches is another question: see `visible_to` beside each model, and row-level security.
"""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    WORKER = "worker"
    LEAD = "lead"
    AGENCY_ADMIN = "agency_admin"
    ANALYST = "analyst"
    COORDINATOR = "coordinator"
    DATA_STEWARD = "data_steward"
    AUDITOR = "auditor"


_EVERYONE = frozenset(
    {
        "coordination.view_network",
        "coordination.manage_token",
        "coordination.enter_training",
        "notifications.view_notice",
    }
)

_WORK_RECORDS = frozenset(
    {
        "cases.view_case",
        "cases.open_case",
        "cases.add_note",
        "cases.record_consent",
        "cases.withdraw_consent",
        "cases.open_request",
        "cases.answer_request",
        "cases.change_case",
        "cases.follow_up_case",
        "cases.resume_case",
        "cases.report_case",
        "cases.record_identity",
        "cases.close_case",
        "cases.reopen_case",
        "cases.enter_in_error_case",
        "cases.link_case",
        "cases.assign_case",
        "referrals.view_referral",
        "referrals.draft_referral",
        "referrals.send_referral",
        "referrals.ask_referral",
        "referrals.answer_referral",
        "referrals.accept_referral",
        "referrals.undo_accept_referral",
        "referrals.decline_referral",
        "referrals.withdraw_referral",
        "referrals.request_withdrawal_referral",
        "referrals.confirm_withdrawal_referral",
        "referrals.confirm_contact_referral",
        "referrals.waitlist_referral",
        "referrals.start_referral",
        "referrals.complete_referral",
        "referrals.reopen_referral",
        "referrals.give_back_referral",
        "referrals.take_back_referral",
        "referrals.reroute_referral",
        "referrals.resolve_referral",
        "referrals.assign_referral",
        "referrals.see_referral",
        "referrals.view_handoff",
        "referrals.propose_handoff",
        "referrals.accept_handoff",
        "referrals.decline_handoff",
        "referrals.withdraw_handoff",
        "coordination.report_gap",
        "coordination.view_group",
        "coordination.view_rota",
    }
)

_LEAD = frozenset(
    {
        "referrals.assign_others_referral",
        "cases.assign_others_case",
        "coordination.set_capacity",
        "coordination.set_rota",
        "coordination.confirm_training",
        "cases.import_case",
        "cases.export_case",
    }
)
"""
The duty lead gives work to others of the desk, and says what it can take; and answers for cases
that come or leave many at a time, which no task of one case needs.
"""

_ADMINISTER = frozenset(
    {
        "coordination.manage_people",
        "coordination.manage_desk",
        "coordination.review_access",
    }
)
"""People, desks and services of the own agency; the Office's coordinator, where nobody else can."""
_RETENTION = frozenset(
    {"coordination.set_period", "coordination.set_hold", "coordination.keep_registers"}
)
"""The privacy officer says how long things are kept, what a hold keeps longer; keeps registers."""

_CONFIRM = frozenset({"coordination.confirm_thresholds", "coordination.set_aside_thresholds"})
"""What releases hide, the coordinator proposes and the privacy officer confirms."""
_OWN_ACTIONS = frozenset(
    {"coordination.view_group", "coordination.take_action", "coordination.finish_action"}
)
"""A desk's lead and its agency's administrator answer for what a working group gave the desk."""

_EVERY_GROUP = frozenset({"coordination.view_group", "coordination.view_every_group"})

ROLE_PERMISSIONS: Mapping[Role, frozenset[str]] = {
    Role.WORKER: _EVERYONE | _WORK_RECORDS,
    Role.LEAD: _EVERYONE | _WORK_RECORDS | _LEAD | _OWN_ACTIONS,
    Role.AGENCY_ADMIN: _EVERYONE
    | _ADMINISTER
    | _OWN_ACTIONS
    | {"coordination.confirm_training", "coordination.require_training"},
    Role.ANALYST: _EVERYONE
    | _EVERY_GROUP
    | {"coordination.oversee_desks", "coordination.view_statistics"},
    Role.COORDINATOR: _EVERYONE
    | _ADMINISTER
    | _OWN_ACTIONS
    | _EVERY_GROUP
    | {
        "coordination.drop_action",
        "coordination.manage_courses",
        "coordination.manage_patterns",
        "coordination.oversee_desks",
        "coordination.propose_thresholds",
        "coordination.reopen_action",
        "coordination.run_group",
        "coordination.set_agreement",
        "coordination.set_aside_thresholds",
        "coordination.stand_in",
        "coordination.view_statistics",
        "coordination.view_status",
        "referrals.view_overdue",
        "referrals.follow_up_overdue",
        "referrals.remind_desk",
    },
    Role.DATA_STEWARD: _EVERYONE | {"coordination.decide_table"},
    Role.AUDITOR: _EVERYONE
    | _RETENTION
    | _CONFIRM
    | _EVERY_GROUP
    | {"coordination.trace_access", "coordination.view_statistics", "coordination.view_status"},
}

RECORD_ROLES = frozenset(
    role for role, permissions in ROLE_PERMISSIONS.items() if "cases.view_case" in permissions
)
"""Roles that reach cases and referrals at all; the database's `my_desks()` names the same ones."""

AGENCY_ROLES = (Role.WORKER, Role.LEAD, Role.AGENCY_ADMIN)
"""Roles at a desk of a regional team."""

OFFICE_ROLES = (Role.ANALYST, Role.COORDINATOR, Role.DATA_STEWARD, Role.AUDITOR)
"""Roles at a desk that stands in no team; the database's `may_seat()` names the same ones."""
