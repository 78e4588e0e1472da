from django.urls import path

from referrals.views import inbox, new, pages, verbs

app_name = "referrals"

urlpatterns = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/<slug:box>/", inbox.inbox, name="box"),
    path("find/", pages.find, name="find"),
    path("referrals/new/", new.new_referral, name="new"),
    path("cases/<str:reference>/refer/", new.new_referral, name="refer"),
    path("referrals/<str:reference>/", pages.detail, name="detail"),
    path("referrals/<str:reference>/send/", verbs.send_referral, name="send"),
    path("referrals/<str:reference>/ask/", verbs.ask_referral, name="ask"),
    path("referrals/<str:reference>/answer/", verbs.answer_referral, name="answer"),
    path("referrals/<str:reference>/accept/", verbs.accept_referral, name="accept"),
    path("referrals/<str:reference>/undo-accept/", verbs.undo_accept_referral, name="undo_accept"),
    path("referrals/<str:reference>/decline/", verbs.decline_referral, name="decline"),
    path("referrals/<str:reference>/withdraw/", verbs.withdraw_referral, name="withdraw"),
]
