"""
The referrals of a page of lines, with all that a line shows, in two prepared statements.

The one reader for pages and API. What a line says of them is for `lines` and `outputs`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from cases.models import Case, CaseGrant
from coordination import access
from coordination.access import Actor
from coordination.models import Agency, Desk, Team
from coordination.prepared import Joined, Row, ask, of_json
from referrals.models import Basis, Override, Referral, ReferralGrant, RequestedService
from referrals.states import Status

_LINE = Joined(r=Referral, b=Basis, c=Case, t=Team, a=Agency)
_DESK = Joined(d=Desk, a=Agency, t=Team)

# As `visible_to` and `readable_by` have it. A case that is hidden leaves its referral in the list.
_LINES = f"""
select {_LINE.columns}, earlier.reference,
  (select coalesce(json_agg(s order by s.id), '[]')
   from referrals_requestedservice s where s.referral_id = r.id),
  (select coalesce(json_agg(o order by o.id), '[]')
   from referrals_override o where o.referral_id = r.id)
from unnest(%(keys)s::bigint[]) with ordinality k(id, place)
  join referrals_referral r on r.id = k.id
  left join referrals_basis b on b.referral_id = r.id
  left join cases_case c on c.id = r.case_id and {access.granted_sql(CaseGrant, "c")}
  left join coordination_team t on t.id = r.to_team_id
  left join coordination_agency a on a.id = r.to_agency_id
  left join referrals_referral earlier on earlier.id = r.reroutes_id
where {access.granted_sql(ReferralGrant, "r")}
  and (r.status <> '{Status.DRAFT}' or r.writer_id = %(me)s)
order by k.place
"""  # noqa: S608  columns and conditions of the models

# A page of 25 lines names few desks many times: joined, each would be built again for each line.
_DESKS = f"""
select {_DESK.columns} from coordination_desk d
  join coordination_agency a on a.id = d.agency_id
  left join coordination_team t on t.id = d.team_id
where d.group_id = any (%(keys)s)
"""  # noqa: S608  the columns of the models
_FIELDS: Mapping[str, Any] = {each.name: each for each in Referral._meta.get_fields()}
_SIDES = ("from_desk", "to_desk", "accepting_desk", "responsible_desk", "suggested_desk")


def load(keys: Sequence[int], actor: Actor) -> list[Referral]:
    """
    Return the referrals with these keys that are visible to the actor, in their order.

    Each has its case as `readable_case`, or None where access to it has ended.
    """
    if not keys or not actor.may("referrals.view_referral"):
        return []
    rows = ask(_LINES, keys=list(keys), desks=actor.desk_ids, me=actor.user.pk)
    found = [_referral(row) for row in rows]
    if found:
        _attach_desks(found)
    return found


def _referral(row: Row) -> Referral:
    referral: Referral
    referral, basis, case, team, agency = _LINE.instances(row)
    earlier, services, overrides = row[_LINE.width :]
    referral.readable_case = case
    joined = {"basis": basis, "to_team": team, "to_agency": agency}
    for name, found in joined.items():
        if found:
            _FIELDS[name].set_cached_value(referral, found)
    if referral.reroutes_id:
        # Only the sender sees the whole chain: what is hidden stays a key without a row.
        shown = [referral.reroutes_id, earlier]
        before = Referral.from_db(DEFAULT_DB_ALIAS, ["id", "reference"], shown) if earlier else None
        _FIELDS["reroutes"].set_cached_value(referral, before)
    vars(referral)["_prefetched_objects_cache"] = {  # as `prefetch_related` leaves it
        "services": of_json(RequestedService, services),
        "overrides": of_json(Override, overrides),
    }
    return referral


def _attach_desks(referrals: Sequence[Referral]) -> None:
    sides = [
        (referral, name, getattr(referral, f"{name}_id"))
        for referral in referrals
        for name in _SIDES
    ]
    keys = {key for _referral, _name, key in sides if key}
    desks: dict[int, Desk] = {}
    for row in ask(_DESKS, keys=list(keys)):
        desk, desk.agency, desk.team = _DESK.instances(row)
        desks[desk.pk] = desk
    for referral, name, key in sides:
        if key:
            _FIELDS[name].set_cached_value(referral, desks[key])
