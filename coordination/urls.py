from django.urls import path

from coordination.views import (
    agreements,
    capacity,
    desks,
    directory,
    joining,
    pages,
    patterns,
    people,
    status,
    tokens,
)

app_name = "coordination"

urlpatterns = [
    path("", pages.home, name="home"),
    path("help/", pages.help_page, name="help"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("privacy/", pages.privacy, name="privacy"),
    path("account/", pages.account, name="account"),
    path("account/tokens/", tokens.tokens, name="tokens"),
    path("account/tokens/<int:pk>/revoke/", tokens.revoke, name="revoke_token"),
    path("account/preferences/", pages.preferences, name="preferences"),
    path("directory/", directory.directory, name="directory"),
    path("directory/phones/", directory.phones, name="phones"),
    path("directory/gap/", directory.gap, name="gap"),
    path("directory/teams/<slug:slug>/", directory.team_card, name="team_card"),
    path("directory/<slug:slug>/", directory.desk_card, name="desk_card"),
    path("agreements/", agreements.agreements, name="agreements"),
    path(
        "agreements/<slug:first>/<slug:second>/<slug:urgency>/end/",
        agreements.end,
        name="end_agreement",
    ),
    path("desk/capacity/", capacity.capacity, name="capacity"),
    path("desk/", pages.choose_desk, name="choose_desk"),
    path("desk/act/", pages.act_for, name="act_for"),
    path("counts/", pages.counts, name="counts"),
    path("help/identifiers/", patterns.patterns, name="patterns"),
    path("help/identifiers/<slug:code>/retire/", patterns.retire, name="retire_pattern"),
    path("status/", status.status, name="status"),
    path("admin/people/", people.people_list, name="people"),
    path("admin/invite/", people.invite, name="invite"),
    path("admin/invitations/<str:reference>/revoke/", people.revoke, name="revoke_invitation"),
    path("admin/people/<str:username>/", people.person, name="person"),
    path("admin/desks/", desks.desks, name="desks"),
    path("admin/desks/<slug:slug>/", desks.desk, name="desk"),
    path("admin/desks/<slug:slug>/close/", desks.close, name="close_desk"),
    path("invitation/", joining.join, name="join"),
    path("exit/", pages.leave_quickly, name="exit"),
]
