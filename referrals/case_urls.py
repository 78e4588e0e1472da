"""The case page shows the case with its referrals, so it lives above `cases` (DESIGN section 3)."""

from django.urls import path

from cases.states import TRANSITIONS
from referrals.views import (
    case_assigning,
    case_verbs,
    cases,
    consents,
    exports,
    identity,
    imports,
    linking,
    notes,
    requests,
    tracing,
)

app_name = "cases"

urlpatterns = [
    path("cases/", cases.cases, name="list"),
    path("cases/export/", exports.export, name="export"),
    path("cases/import/", imports.import_cases, name="import"),
    path("cases/import/<str:reference>/", imports.import_detail, name="importing"),
    path("cases/import/<str:reference>/start/", imports.start_import, name="start_import"),
    path("cases/import/<str:reference>/stop/", imports.stop_import, name="stop_import"),
    path("cases/<str:reference>/", cases.case_detail, name="detail"),
    *(
        path(
            f"cases/<str:reference>/{verb.replace('_', '-')}/", case_verbs.view_of(verb), name=verb
        )
        for verb in TRANSITIONS
        if verb != "link"
    ),
    path("cases/<str:reference>/link/", linking.link, name="link"),
    path("cases/<str:reference>/assign/", case_assigning.assign_case, name="assign"),
    path("cases/<str:reference>/consents/new/", consents.record_one, name="record_consent"),
    path(
        "cases/<str:reference>/consents/<int:number>/withdraw/",
        consents.withdraw_one,
        name="withdraw_consent",
    ),
    path("cases/<str:reference>/note/", notes.note_on_case, name="note"),
    path("cases/<str:reference>/access/", tracing.case_access, name="access"),
    path("trace/", tracing.trace, name="trace"),
    path("cases/<str:reference>/identity/", identity.identity_of, name="identity"),
    path(
        "cases/<str:reference>/identity/withdraw/",
        identity.withdraw_identity,
        name="withdraw_identity",
    ),
    path("cases/<str:reference>/asked/", requests.ask, name="ask"),
    path("requests/<str:reference>/", requests.answer, name="answer_request"),
    path("cases/<str:reference>/recorded/", cases.recorded, name="recorded"),
]
