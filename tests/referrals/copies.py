"""Many copies of one thing that the product made: the walls stand aside for the copying only."""

from referrals.models import Handoff, Referral
from tests import database

# Table -> the column that names what its rows belong to.
OF_CASE = {
    "cases_leadfacts": "case_id",
    "cases_casegrant": "content_object_id",
    "cases_consent": "case_id",
}
OF_REFERRAL = {
    "referrals_requestedservice": "referral_id",
    "referrals_basis": "referral_id",
    "referrals_referralgrant": "content_object_id",
}
OF_HANDOFF = {"referrals_handoffgrant": "content_object_id"}

_COPY = """
insert into {table} overriding system value
select (jsonb_populate_record(null::{table}, replace(replace(to_jsonb(t)::text, %(case)s,
  'C' || lpad(n::text, 7, '0')), %(own)s, 'R' || lpad(n::text, 7, '0'))::jsonb
  || jsonb_build_object({changes}))).*
from {table} t, generate_series(%(first)s::bigint, %(last)s) n where t.{where} = %(key)s
order by n, 1
"""


def copies(original: Referral | Handoff, number: int) -> list[int]:
    """
    Copy a referral or hand-off, each with a case, grants and entries of its own; return their keys.

    A copy, its case and its one consent have the same key; the references of the first two are "R"
    and "C" with its seven digits.
    """
    kind = "referral" if isinstance(original, Referral) else "handoff"
    own, parts = f"referrals_{kind}", OF_REFERRAL if kind == "referral" else OF_HANDOFF
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute(
            "select c.id, c.reference, h.reference,"
            f" greatest((select max(id) from cases_case), (select max(id) from {own}),"
            " (select max(id) from cases_consent))"
            f" from cases_case c join {own} h on h.case_id = c.id where h.id = %s",
            [original.pk],
        )
        case, case_reference, reference, above = admin.fetchone()

        def copy(table: str, where: str, key: int | str, changes: str) -> None:
            statement = _COPY.format(table=table, where=where, changes=changes)
            values = {"case": case_reference, "own": reference, "key": key}
            admin.execute(statement, {**values, "first": above + 1, "last": above + number})

        copy("cases_case", "id", case, "'id', n")
        consent = ", 'consent_id', n" if kind == "handoff" else ""
        copy(own, "id", original.pk, f"'id', n, 'case_id', n{consent}")
        rows = [(table, column, case) for table, column in OF_CASE.items()]
        rows += [(table, column, original.pk) for table, column in parts.items()]
        for table, column, key in rows:
            changes = f"'{column}', n"
            if table == "referrals_basis":
                changes += ", 'consent_id', n"
            elif table == "cases_consent":
                changes += ", 'id', n"
            elif table != "cases_leadfacts":
                changes += f", 'id', nextval(pg_get_serial_sequence('{table}', 'id'))"
            if table == "referrals_requestedservice":
                changes += ", 'case_id', n"
            copy(table, column, key, changes)
        new = "'id', nextval(pg_get_serial_sequence('audit_entry', 'id'))"
        for subject in (f"case:{case_reference}", f"{kind}:{reference}"):
            copy("audit_entry", "subject", subject, new)
        for table in ("cases_case", "cases_consent", own):
            admin.execute(
                f"select setval(pg_get_serial_sequence('{table}', 'id'), max(id)) from {table}"
            )
    return list(range(above + 1, above + number + 1))
