"""Every address of the API, on one screen."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from cases.states import TRANSITIONS as CASE_TRANSITIONS
from config.api import schema as _schema  # noqa: F401  registers how tokens are described
from config.api.docs import docs
from coordination import agreement_api as agreements
from coordination import api as network
from coordination import courses_api as courses
from coordination import coverage_api as coverage
from coordination import gate_api as gate
from coordination import group_actions_api as group_actions
from coordination import groups_api as groups
from coordination import meetings_api as meetings
from coordination import operations_api as operations
from coordination import people_api as people
from coordination import registers_api as registers
from coordination import retention_api as kept
from coordination import review_api as reviews
from coordination import rota_api as rota
from coordination import statistics_api as statistics
from coordination import stewardship_api as stewardship
from coordination import training_api as training
from coordination.action_states import TRANSITIONS as ACTION_TRANSITIONS
from notifications import api as notifications
from referrals.api import (
    case_verbs,
    cases,
    consents,
    exports,
    follow_ups,
    handoffs,
    identity,
    imports,
    notes,
    overdue,
    referrals,
    requests,
    telling,
    tracing,
    unassigned,
    verbs,
)
from referrals.handoff_states import HANDOFF_TRANSITIONS
from referrals.states import TRANSITIONS

v1 = [
    path("me", network.MeView.as_view(), name="me"),
    path("vocabularies", network.VocabulariesView.as_view(), name="vocabularies"),
    path("regions", network.RegionsView.as_view(), name="regions"),
    path("agencies", network.AgenciesView.as_view(), name="agencies"),
    path("teams", network.TeamsView.as_view(), name="teams"),
    path("desks", network.DesksView.as_view(), name="desks"),
    path("retention", kept.RetentionView.as_view(), name="retention"),
    path("holds", kept.HoldsView.as_view(), name="holds"),
    path("holds/<str:reference>/lift", kept.LiftHoldView.as_view(), name="lift_hold"),
    path("requests", requests.RequestsView.as_view(), name="requests"),
    path(
        "requests/<str:reference>/answer",
        requests.AnswerRequestView.as_view(),
        name="answer_request",
    ),
    path("registers/processes", registers.ProcessesView.as_view(), name="processes"),
    path(
        "registers/processes/<str:reference>/answer",
        registers.AnswerProcessView.as_view(),
        name="answer_process",
    ),
    path("registers/breaches", registers.BreachesView.as_view(), name="breaches"),
    path(
        "registers/breaches/<str:reference>/assess",
        registers.AssessBreachView.as_view(),
        name="assess_breach",
    ),
    path("registers/years", registers.YearsView.as_view(), name="register_years"),
    path("capacity", network.CapacityView.as_view(), name="capacity"),
    path("rota", rota.RotaView.as_view(), name="rota"),
    path("agreements", agreements.AgreementsView.as_view(), name="agreements"),
    path(
        "agreements/<slug:first>/<slug:second>/<slug:urgency>/end",
        agreements.EndAgreementView.as_view(),
        name="end_agreement",
    ),
    path("patterns", gate.PatternsView.as_view(), name="patterns"),
    path("patterns/<slug:code>/retire", gate.RetirePatternView.as_view(), name="retire_pattern"),
    path("people", people.PeopleView.as_view(), name="people"),
    path("people/<str:username>", people.PersonView.as_view(), name="person"),
    path("people/<str:username>/seat", people.SeatView.as_view(), name="seat"),
    path("people/<str:username>/end_seat", people.EndSeatView.as_view(), name="end_seat"),
    path("people/<str:username>/deactivate", people.DeactivateView.as_view(), name="deactivate"),
    path("invitations", people.InvitationsView.as_view(), name="invitations"),
    path(
        "invitations/<str:reference>/revoke",
        people.RevokeView.as_view(),
        name="revoke_invitation",
    ),
    path("access-review", reviews.AccessReviewView.as_view(), name="access_review"),
    path(
        "access-review/<str:reference>/<int:number>/keep",
        reviews.KeepView.as_view(),
        name="keep_seat",
    ),
    path("access-review/<str:reference>/sign", reviews.SignView.as_view(), name="sign_review"),
    path("cases", cases.CasesView.as_view(), name="cases"),
    path("cases/<str:reference>", cases.CaseView.as_view(), name="case"),
    path(
        "cases/<str:reference>/timeline", telling.CaseTimelineView.as_view(), name="case_timeline"
    ),
    path("cases/<str:reference>/leads", telling.CaseLeadsView.as_view(), name="case_leads"),
    path("trace", tracing.TraceView.as_view(), name="trace"),
    path(
        "handoffs/<str:reference>/access",
        tracing.HandoffAccessView.as_view(),
        name="handoff_access",
    ),
    path("cases/<str:reference>/access", tracing.CaseAccessView.as_view(), name="case_access"),
    *(
        path(f"cases/<str:reference>/{verb}", case_verbs.view_of(verb), name=f"{verb}_case")
        for verb in CASE_TRANSITIONS
        if verb != "change"  # PATCH of the case
    ),
    path("cases/<str:reference>/assign", case_verbs.AssignCaseView.as_view(), name="assign_case"),
    path("cases/<str:reference>/consents", consents.ConsentsView.as_view(), name="consents"),
    path(
        "cases/<str:reference>/consents/<int:number>/withdraw",
        consents.WithdrawConsentView.as_view(),
        name="withdraw_consent",
    ),
    path("cases/<str:reference>/identity", identity.IdentityView.as_view(), name="identity"),
    path(
        "cases/<str:reference>/identity/withdraw",
        identity.WithdrawIdentityView.as_view(),
        name="withdraw_identity",
    ),
    path(
        "cases/<str:reference>/requests", requests.CaseRequestsView.as_view(), name="case_requests"
    ),
    path("cases/<str:reference>/notes", notes.CaseNotesView.as_view(), name="case_notes"),
    path("exports", exports.ExportsView.as_view(), name="exports"),
    path("imports", imports.ImportsView.as_view(), name="imports"),
    path("imports/<str:reference>", imports.ImportView.as_view(), name="import"),
    path("imports/<str:reference>/start", imports.StartView.as_view(), name="start_import"),
    path("imports/<str:reference>/stop", imports.StopView.as_view(), name="stop_import"),
    path("referrals", referrals.ReferralsView.as_view(), name="referrals"),
    path("referrals/<str:reference>", referrals.ReferralView.as_view(), name="referral"),
    path(
        "referrals/<str:reference>/timeline",
        telling.ReferralTimelineView.as_view(),
        name="timeline",
    ),
    path("referrals/<str:reference>/access", tracing.ReferralAccessView.as_view(), name="access"),
    path("referrals/<str:reference>/notes", notes.ReferralNotesView.as_view(), name="notes"),
    path("referrals/<str:reference>/assign", verbs.AssignView.as_view(), name="assign"),
    *(
        path(f"referrals/<str:reference>/{verb}", verbs.view_of(verb), name=verb)
        for verb in TRANSITIONS
    ),
    path("courses", courses.CoursesView.as_view(), name="courses"),
    path("courses/<slug:code>/change", courses.ChangeCourseView.as_view(), name="change_course"),
    path("courses/<slug:code>/retire", courses.RetireCourseView.as_view(), name="retire_course"),
    path("training", training.CompletionsView.as_view(), name="training"),
    path("training/coverage", training.CoverageView.as_view(), name="training_coverage"),
    path("training/unmet", training.UnmetView.as_view(), name="training_unmet"),
    path("training/requirements", training.RequirementsView.as_view(), name="requirements"),
    path(
        "training/<str:reference>/correct",
        training.CorrectView.as_view(),
        name="correct_completion",
    ),
    path(
        "training/<str:reference>/confirm",
        training.ConfirmView.as_view(),
        name="confirm_completion",
    ),
    path(
        "training/<str:reference>/remove", training.RemoveView.as_view(), name="remove_completion"
    ),
    path("coverage", coverage.CoverageView.as_view(), name="coverage"),
    path("unassigned", unassigned.UnassignedView.as_view(), name="unassigned"),
    path("office/sealed", stewardship.SealedTablesView.as_view(), name="sealed_tables"),
    path(
        "office/sealed/<str:period>/<slug:name>",
        stewardship.SealedTableView.as_view(),
        name="sealed_table",
    ),
    path("office/releases", statistics.ReleasesView.as_view(), name="releases"),
    path("office/tables", statistics.TablesView.as_view(), name="tables"),
    path("office/tables/<slug:name>", statistics.TableView.as_view(), name="table"),
    path("groups", groups.GroupsView.as_view(), name="groups"),
    path("groups/<str:reference>", groups.GroupView.as_view(), name="group"),
    path("groups/<str:reference>/close", groups.CloseGroupView.as_view(), name="close_group"),
    path("groups/<str:reference>/reopen", groups.ReopenGroupView.as_view(), name="reopen_group"),
    path("groups/<str:reference>/meetings", meetings.MeetingsView.as_view(), name="meetings"),
    *(
        path(f"meetings/<str:reference>/{verb}", view.as_view(), name=f"{verb}_meeting")
        for verb, view in (
            ("move", meetings.MoveMeetingView),
            ("cancel", meetings.CancelMeetingView),
            ("write_up", meetings.WriteUpView),
        )
    ),
    path("actions", group_actions.ActionsView.as_view(), name="actions"),
    path("actions/<str:reference>", group_actions.ActionView.as_view(), name="action"),
    *(
        path(f"actions/<str:reference>/{verb}", group_actions.view_of(verb), name=f"{verb}_action")
        for verb in ACTION_TRANSITIONS
    ),
    path(
        "coverage/<slug:region>/<slug:service>", operations.GapView.as_view(), name="coverage_gap"
    ),
    path("office/operations", operations.OperationsView.as_view(), name="operations"),
    path("overdue", overdue.OverdueView.as_view(), name="overdue"),
    path(
        "overdue/<slug:kind>/<str:reference>/follow-ups",
        follow_ups.FollowUpsView.as_view(),
        name="follow_ups",
    ),
    path("desks/<slug:slug>/remind", follow_ups.RemindView.as_view(), name="remind"),
    path("handoffs", handoffs.HandoffsView.as_view(), name="handoffs"),
    path("handoffs/<str:reference>", handoffs.HandoffView.as_view(), name="handoff"),
    *(
        path(f"handoffs/<str:reference>/{verb}", handoffs.view_of(verb), name=f"{verb}_handoff")
        for verb in HANDOFF_TRANSITIONS
    ),
    path("notifications", notifications.NoticesView.as_view(), name="notifications"),
    path("notifications/<int:pk>/done", notifications.DoneView.as_view(), name="notice_done"),
    path("notifications/<int:pk>/undo", notifications.UndoView.as_view(), name="notice_undo"),
]

urlpatterns = [
    path("v1/", include((v1, "api"))),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", login_not_required(docs), name="docs"),
    re_path(r"^", network.NotFoundView.as_view()),
]
