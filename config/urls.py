"""Every route prefix, on one screen."""

from allauth.account import views as account
from django.conf.urls.i18n import i18n_patterns
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path

from coordination.views.status import healthz, metrics, readyz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("api/", include("config.api.urls")),
]

handler500 = "coordination.outage.server_error"

urlpatterns += i18n_patterns(
    path("sign-in/", login_not_required(account.login), name="account_login"),
    path("sign-out/", account.logout, name="account_logout"),
    path("", include("referrals.urls")),
    path("", include("referrals.case_urls")),
    path("", include("referrals.handoff_urls")),
    path("", include("referrals.leaving_urls")),
    path("", include("notifications.urls")),
    path("", include("coordination.urls")),
)
