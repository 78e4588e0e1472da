from django.urls import path

from referrals.handoff_states import HANDOFF_TRANSITIONS
from referrals.views import handoffs

app_name = "handoffs"

urlpatterns = [
    path("handoffs/", handoffs.handoff_list, name="list"),
    path("cases/<str:reference>/hand-off/", handoffs.propose, name="propose"),
    path("handoffs/<str:reference>/", handoffs.handoff_detail, name="detail"),
    *(
        path(f"handoffs/<str:reference>/{verb}/", handoffs.view_of(verb), name=verb)
        for verb in HANDOFF_TRANSITIONS
    ),
]
