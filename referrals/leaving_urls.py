from django.urls import path

from referrals.views import leaving, overdue

app_name = "leaving"

urlpatterns = [
    path("admin/people/<str:username>/leave/", leaving.leave, name="leave"),
    path("office/overdue/", overdue.overdue, name="overdue"),
    path("office/desks/", leaving.left, name="left"),
]
