from django.urls import path

from coordination.views import pages

app_name = "coordination"

urlpatterns = [
    path("", pages.home, name="home"),
    path("help/", pages.help_page, name="help"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("privacy/", pages.privacy, name="privacy"),
    path("account/", pages.account, name="account"),
    path("account/preferences/", pages.preferences, name="preferences"),
    path("desk/", pages.choose_desk, name="choose_desk"),
    path("desk/act/", pages.act_for, name="act_for"),
    path("counts/", pages.counts, name="counts"),
    path("exit/", pages.leave_quickly, name="exit"),
]
