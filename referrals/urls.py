from django.urls import path

from referrals.states import TRANSITIONS
from referrals.views import inbox, new, pages, verbs

app_name = "referrals"

urlpatterns = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/next/", inbox.review_next, name="next"),
    path("inbox/<slug:box>/", inbox.inbox, name="box"),
    path("find/", pages.find, name="find"),
    path("referrals/new/", new.new_referral, name="new"),
    path("cases/<str:reference>/refer/", new.new_referral, name="refer"),
    path("referrals/<str:reference>/", pages.detail, name="detail"),
    path("referrals/<str:reference>/assign/", pages.assign_referral, name="assign"),
    *(
        path(f"referrals/<str:reference>/{verb.replace('_', '-')}/", verbs.view_of(verb), name=verb)
        for verb in TRANSITIONS
    ),
]
