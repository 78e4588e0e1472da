from django.urls import path, register_converter
from django.urls.converters import StringConverter

from referrals.states import TRANSITIONS
from referrals.views import (
    bulk,
    checking,
    desk_figures,
    handover,
    inbox,
    kept,
    new,
    notes,
    pages,
    rules,
    verbs,
    wizard,
)


class _Step(StringConverter):
    regex = "|".join(kept.STEPS)


register_converter(_Step, "wizard_step")

app_name = "referrals"

urlpatterns = [
    path("privacy/who-sees-what/", rules.rules, name="rules"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/next/", inbox.review_next, name="next"),
    path("inbox/arrivals/", inbox.arrivals, name="arrivals"),
    path("inbox/bulk/", bulk.bulk, name="bulk"),
    path("inbox/views/", bulk.save, name="save_view"),
    path("inbox/views/<int:pk>/delete/", bulk.delete, name="delete_view"),
    path("inbox/<slug:box>/", inbox.inbox, name="box"),
    path("handover/", handover.handover, name="handover"),
    path("desk/figures/", desk_figures.figures, name="desk_figures"),
    path("find/", pages.find, name="find"),
    path("referrals/new/", wizard.step, name="new"),
    path("referrals/new/one-page/", new.one_page, name="one_page"),
    path("referrals/new/<str:reference>/check/", checking.check, name="check"),
    path("referrals/new/<str:reference>/discard/", wizard.discard, name="discard"),
    path("referrals/new/<str:reference>/<wizard_step:step>/", wizard.step, name="step"),
    path("cases/<str:reference>/refer/", new.one_page, name="refer"),
    path("referrals/<str:reference>/print/", pages.printed, name="print"),
    path("referrals/<str:reference>/sent/", new.sent, name="sent"),
    path("referrals/<str:reference>/", pages.detail, name="detail"),
    path("referrals/<str:reference>/note/", notes.note_on_referral, name="note"),
    path("referrals/<str:reference>/assign/", pages.assign_referral, name="assign"),
    *(
        path(f"referrals/<str:reference>/{verb.replace('_', '-')}/", verbs.view_of(verb), name=verb)
        for verb in TRANSITIONS
    ),
]
