"""
Proving the record: each check yields what is broken, the first first.

Which tables must have an entry a version is read from the database itself: those that carry a
trigger `recorded` with the kind of subject as its argument.
"""

import datetime as dt
from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.db import connection

PENDING_LIMIT = dt.timedelta(minutes=10)
"""Beat sweeps every few seconds: what is owed longer than this is stuck."""

_BODIES = """
select e.id, e.verb from audit_entry e join audit_entrybody b on b.entry_id = e.id
where e.body_hash <> sha256(e.salt || convert_to(b.data::text, 'UTF8')) order by e.id
"""

_BODILESS = """
select e.id, e.verb from audit_entry e
where not exists (select from audit_entrybody b where b.entry_id = e.id)
  and not exists (select from audit_disposal d where d.entry_id = e.id) order by e.id
"""

_CERTIFICATES = """
select d.certificate_id from audit_disposal d
left join audit_entrybody b on b.entry_id = d.certificate_id
group by d.certificate_id, b.data
having b.data ->> 'digest' is distinct from audit_digest(array_agg(d.entry_id))
  or (b.data ->> 'entries')::int is distinct from count(*)
order by d.certificate_id
"""

_RETURNED = """
select d.entry_id from audit_disposal d join audit_entrybody b on b.entry_id = d.entry_id
order by d.entry_id
"""

_TABLES = """
select c.relname, rtrim(encode(t.tgargs, 'escape'), '\\000')
from pg_trigger t join pg_class c on c.oid = t.tgrelid
where t.tgname = 'recorded' and t.tgnargs = 1 order by c.relname
"""

_VERSIONS = """
select r.reference, v from {table} r cross join lateral generate_series(1, r.version) as v
where not exists (select from audit_entry e
                  where e.subject = %s || ':' || r.reference and e.version = v)
order by r.reference, v
"""

_TOO_NEW = """
select e.subject, e.version from audit_entry e
where e.subject like %s || ':%%' and e.version is not null
  and not exists (select from {table} r
                  where r.reference = split_part(e.subject, ':', 2) and r.version >= e.version)
  and not exists (select from audit_disposal d where d.entry_id = e.id)
order by e.id
"""

_STUCK = """
select p.follower_id, p.entry_id, p.attempts, p.last_error from audit_pending p
join audit_entry e on e.id = p.entry_id
where p.parked_at is not null or e.recorded_at < clock_timestamp() - %s order by p.id
"""


def broken() -> Iterator[str]:
    """Yield a sentence for each thing that is not as it must be, in the order of the checks."""
    return chain(_bodies(), _disposals(), _versions(), _pending())


def _bodies() -> Iterator[str]:
    for entry_id, verb in _rows(_BODIES):
        yield f"entry {entry_id} ({verb}): its body does not match its hash"


def _disposals() -> Iterator[str]:
    for entry_id, verb in _rows(_BODILESS):
        yield f"entry {entry_id} ({verb}): its body is gone without a certificate"
    for (certificate,) in _rows(_CERTIFICATES):
        yield f"entry {certificate}: it does not certify the bodies that went with it"
    for (entry_id,) in _rows(_RETURNED):
        yield f"entry {entry_id}: its body was disposed of and is there again"


def _versions() -> Iterator[str]:
    for table, kind in ((str(t), str(k)) for t, k in _rows(_TABLES)):
        # The table's name comes from the database's own catalogue.
        for reference, version in _rows(_VERSIONS.format(table=table), kind):
            yield f"{kind}:{reference}: version {version} has no entry"
        for subject, version in _rows(_TOO_NEW.format(table=table), kind):
            yield f"{subject}: the entry of version {version} has no row"


def _pending() -> Iterator[str]:
    for follower, entry_id, attempts, error in _rows(_STUCK, PENDING_LIMIT):
        yield (
            f"entry {entry_id}: follower {follower} has not dealt with it"
            f" ({attempts} attempts, {error or 'no error'})"
        )


def _rows(sql: str, *parameters: Any) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(parameters) or None)
        rows: list[tuple[object, ...]] = cursor.fetchall()
    return rows
