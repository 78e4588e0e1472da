"""The case page shows the case with its referrals, so it lives above `cases` (DESIGN section 3)."""

from django.urls import path

from referrals.views import pages

app_name = "cases"

urlpatterns = [path("cases/<str:reference>/", pages.case_detail, name="detail")]
