"""
The secured floor: a page of the inbox as lean SQL, as the web process's role, in one transaction.

Who acts, at which desks, the page's keys, one joined statement for its 25 lines with every stored
field that the API shows, and the capped count. Nothing of Django: what the API costs beyond this is
Django, DRF and the shape of the application's queries.
"""

import datetime as dt
import json
from typing import Any

import psycopg
from psycopg.rows import dict_row

from cases.facts import TASK_FACTS

Row = dict[str, Any]

PAGE, CAP = 25, 60

_ACT = "select set_config('relay.actor', %s, true), set_config('relay.desk', '', true)"

# Their seats in force, with what names the desk and its agency.
_DESKS = """
select m.desk_id, m.role, d.slug, a.slug as agency, a.police_involved
from coordination_membership m join coordination_desk d on d.group_id = m.desk_id
  join coordination_agency a on a.id = d.agency_id
where m.user_id = %s and m.since <= statement_timestamp()
  and (m.until is null or m.until > statement_timestamp())
order by m.id
"""

# One branch a desk with its key as a literal, as `referrals.worklist`, twice for two reasons.
_IN_INBOX = """
(select g.due_at, g.content_object_id as object from referrals_referralgrant g
 where g.group_id = {desk} and g.box = 'inbox'
   and (g.until is null or g.until > statement_timestamp())
 order by g.due_at, g.content_object_id limit {most})
"""
_KEYS = """
select object from (select distinct on (due_at, object) due_at, object from ({branches}) z
  order by due_at, object limit {limit}) k
"""
_COUNT = "select count(*) from (select distinct object from ({branches}) z limit {limit}) k"

# A case that a policy hides leaves its referral in the list: the join is a left one.
_LINES = f"""
select r.id, r.reference, r.version, c.reference as case, r.status, responsible.slug
    as responsible_desk, sender.slug as from_desk, receiver.slug as to_desk, team.slug as to_team,
  agency.slug as to_agency, r.to_province, earlier.reference as reroutes, r.doors, r.need_since,
  r.urgency, r.due_at, r.sent_at, r.agreed_by_phone_at, r.accepted_at, r.completed_at,
  r.sender_contact_at is not null and r.receiver_contact_at is not null as contact_confirmed,
  r.settled_at is not null as settled, r.questions, r.decline_reason, r.withdraw_reason,
  r.give_back_reason, r.basis_ended_at, r.basis_end, suggested.slug as suggested_desk,
  b.code, b.audience, b.until, b.provision, s.services, s.outcomes,
  (select coalesce(jsonb_object_agg(o.rail, o.reason), '{{}}') from referrals_override o
    where o.referral_id = r.id) as overrides,
  {", ".join(f"c.{name}" for name in TASK_FACTS)}
from unnest(%s::bigint[]) with ordinality k(id, place)
  join referrals_referral r on r.id = k.id
  join referrals_basis b on b.referral_id = r.id
  join coordination_desk sender on sender.group_id = r.from_desk_id
  join coordination_desk responsible on responsible.group_id = r.responsible_desk_id
  cross join lateral (select array_agg(q.service order by q.id) as services,
      array_agg(q.outcome order by q.id) as outcomes
    from referrals_requestedservice q where q.referral_id = r.id) s
  left join cases_case c on c.id = r.case_id
  left join coordination_desk receiver on receiver.group_id = r.to_desk_id
  left join coordination_team team on team.id = r.to_team_id
  left join coordination_agency agency on agency.id = r.to_agency_id
  left join coordination_desk suggested on suggested.group_id = r.suggested_desk_id
  left join referrals_referral earlier on earlier.id = r.reroutes_id
order by k.place
"""

_RECORD = """
select audit_append('referral.listed', 'box:inbox', null, clock_timestamp(), %s::jsonb,
                    null::uuid, 'live')
"""

_MOMENTS = ("need_since", "sent_at", "agreed_by_phone_at", "accepted_at", "completed_at")
_CODES = ("to_province", "decline_reason", "withdraw_reason", "give_back_reason")
_AS_THEY_ARE = (
    *("version", "status", "responsible_desk", "from_desk", "to_desk", "to_team", "to_agency"),
    *("doors", "urgency", "services", "contact_confirmed", "settled", "questions"),
    "suggested_desk",
)


class Floor:
    """One person's connection, as the web process's role; every statement is planned once."""

    def __init__(self, url: str, user: int) -> None:
        self.user = user
        self.connection = psycopg.connect(url, row_factory=dict_row)
        self.connection.execute("set plan_cache_mode = force_generic_plan")
        self.connection.commit()

    def page(self, *, recorded: bool = False) -> list[Row]:
        """Return the lines of the first page; its capped count is read too, and thrown away."""
        with self.connection.transaction():
            self._ask(_ACT, [str(self.user)])
            desks = [each["desk_id"] for each in self._ask(_DESKS, [self.user])]
            if not desks:
                return []
            keys = self._ask(_each(_KEYS, desks, limit=PAGE + 1))
            lines = self._ask(_LINES, [[each["object"] for each in keys[:PAGE]]])
            self._ask(_each(_COUNT, desks, limit=CAP + 1))
            if recorded:
                shown = {"shown": [each["reference"] for each in lines], "filter": ""}
                self._ask(_RECORD, [json.dumps(shown)])
            return lines

    def lines_for_nobody(self, keys: list[int]) -> list[Row]:
        """Ask for lines by their keys without an actor: for a gate."""
        with self.connection.transaction():
            return self._ask(_LINES, [keys])

    def _ask(self, statement: str, given: list[Any] | None = None) -> list[Row]:
        return self.connection.execute(statement, given, prepare=True).fetchall()


def as_api(row: Row) -> Row:
    """Return a line as the API says it, but for `actions`, which no table holds: for the gates."""
    facts = {name: row[name] for name in TASK_FACTS} if row["case"] else None
    return {
        **{name: row[name] for name in _AS_THEY_ARE},
        **{name: _moment(row[name]) for name in _MOMENTS},
        **{name: row[name] or None for name in _CODES},
        "reference": _shown(row["reference"]),
        "case": _shown(row["case"]) if row["case"] else None,
        "reroutes": _shown(row["reroutes"]) if row["reroutes"] else None,
        "due_at": _moment(row["due_at"]),
        "outcomes": {s: o for s, o in zip(row["services"], row["outcomes"], strict=True) if o},
        "basis": {
            "code": row["code"],
            "audience": row["audience"],
            "until": _moment(row["until"]),
            "provision": row["provision"] or None,
            "ended_at": _moment(row["basis_ended_at"]),
            "end": row["basis_end"] or None,
        },
        "overrides": row["overrides"],
        "child_report": None,  # the lead desk's alone, and these lines are receivers'
        "facts": facts,
    }


def _moment(at: dt.datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None


def _shown(reference: str) -> str:
    return f"{reference[:4]}-{reference[4:]}"


def _each(statement: str, desks: list[int], *, limit: int) -> str:
    branches = " union all ".join(_IN_INBOX.format(desk=desk, most=2 * limit) for desk in desks)
    return statement.format(branches=branches, limit=limit)
