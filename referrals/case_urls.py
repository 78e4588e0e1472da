"""The case page shows the case with its referrals, so it lives above `cases` (DESIGN section 3)."""

from django.urls import path

from referrals.views import cases, notes

app_name = "cases"

urlpatterns = [
    path("cases/", cases.cases, name="list"),
    path("cases/<str:reference>/", cases.case_detail, name="detail"),
    path("cases/<str:reference>/note/", notes.note_on_case, name="note"),
    path("cases/<str:reference>/recorded/", cases.recorded, name="recorded"),
]
