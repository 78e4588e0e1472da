from django.urls import path

from referrals.views import leaving

app_name = "leaving"

urlpatterns = [
    path("admin/people/<str:username>/leave/", leaving.leave, name="leave"),
    path("office/desks/", leaving.left, name="left"),
]
