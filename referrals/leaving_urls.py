from django.urls import path

from referrals.views import follow_ups, leaving, overdue, unassigned

app_name = "leaving"

urlpatterns = [
    path("admin/people/<str:username>/leave/", leaving.leave, name="leave"),
    path("office/overdue/", overdue.overdue, name="overdue"),
    path(
        "office/overdue/<slug:kind>/<str:reference>/",
        follow_ups.follow_up_page,
        name="follow_up",
    ),
    path("office/unassigned/", unassigned.unassigned, name="unassigned"),
    path("office/desks/", leaving.left, name="left"),
    path("office/desks/<slug:slug>/remind/", follow_ups.remind, name="remind"),
]
