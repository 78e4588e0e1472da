"""
A province's worth of rows, written set by set: no action runs, but each row is as one leaves it.

Desk 1 is huge (13 % of all), desks 2 to 6 are one person's, the others share the rest evenly; one
in ten of the measured desks' referrals waits for an answer, so that their pages are full at 10 k.
Eight in a hundred go to a team, of which three desks are asked: once one of them has accepted, the
others' lines have ended and stand in the closed box, as `referrals.moves.end_lines` leaves them.
"""

import psycopg

DESKS = 460
OF_A_TEAM = 10
TO_TEAMS = 8
"""Of a hundred referrals, how many go to a team."""

HUGE, MID = 1, 40
MULTI = (2, 3, 4, 5, 6)

_NETWORK = f"""
insert into coordination_agency (id, slug, name_en, name_fr, kind, region, city, city_hidden,
    police_involved, privacy_regime, review_every, source)
  select i, 'agency-' || i, 'Agency ' || i, 'Organisme ' || i, 'community_org',
    (array['central','east','north','toronto','west'])[1 + i % 5], '', false, false, 'none',
    'yearly', 'demo'
  from generate_series(1, {DESKS}) i;
insert into coordination_team (id, slug, name_en, name_fr, region, source)
  select i, 'team-' || i, 'Team ' || i, 'Équipe ' || i,
    (array['central','east','north','toronto','west'])[1 + i % 5], 'demo'
  from generate_series(1, {DESKS} / {OF_A_TEAM}) i;
insert into auth_group (id, name) select i, 'desk:' || i from generate_series(1, {DESKS}) i;
insert into coordination_desk (group_id, slug, agency_id, team_id, services, age_bands, genders,
    languages, duty_phone, time_zone, is_addressable, governance_body)
  select i, 'desk-' || i, i, (i - 1) / {OF_A_TEAM} + 1, '{{emergency_shelter,peer_support}}',
    '{{}}', '{{}}', '{{en}}', '555-0100', 'America/Toronto', true, ''
  from generate_series(1, {DESKS}) i;
insert into coordination_user (id, password, is_superuser, username, first_name, last_name, email,
    agency_id, language, is_active, shortcuts, one_page)
  select i, '', false, 'user-' || i, 'A', 'B', '', i, 'en', true, true, false
  from generate_series(1, {DESKS}) i;
insert into coordination_membership (user_id, desk_id, role, since)
  select i, i, 'worker', now() - interval '1 day' from generate_series(1, {DESKS}) i;
insert into coordination_membership (user_id, desk_id, role, since)
  select {MULTI[0]}, i, 'worker', now() - interval '1 day'
  from generate_series({MULTI[1]}, {MULTI[-1]}) i;
"""

# Who sends to whom, how far it is, and when: all a function of the number, the same each time.
_PLAN = f"""
create unlogged table plan as
  select i,
    case when i % 100 < 13 then {HUGE} when i % 100 < 23 then {MULTI[0]} + i % 5
      else 7 + (i::bigint * 7919 % {DESKS - 6})::int end as receiver,
    7 + (i::bigint * 104729 % {DESKS - 6})::int as sender,
    case when i / 100 % 10 = 0 and i % 100 < 23 then 'sent'
      when i / 100 % 50 = 0 then 'sent' else 'completed' end as status,
    now() - interval '1 second' * (i % 2592000) as sent_at
  from generate_series(1, %(count)s) i;
update plan set sender = 7 + (sender - 6) % {DESKS - 7} where sender = receiver;
alter table plan add team int, add winner int;
update plan set team = (receiver - 1) / {OF_A_TEAM} + 1 where abs(hashint4(i) % 100) < {TO_TEAMS};
"""

# Who was asked: one desk, or three of a team, the one first thought of and the next two.
_ASKED = f"""
create unlogged table asked as select i, receiver as desk from plan;
insert into asked
  select i, (receiver - 1) / {OF_A_TEAM} * {OF_A_TEAM} + (receiver - 1 + step) % {OF_A_TEAM} + 1
  from plan, generate_series(1, 2) step where team is not null;
delete from asked using plan p where p.i = asked.i and p.sender = asked.desk;
update plan p set winner = first.desk
  from (select distinct on (i) i, desk from asked order by i, hashint4(i + desk)) first
  where first.i = p.i and p.status = 'completed';
analyze asked;
analyze plan;
"""

_ROWS = """
insert into cases_case (id, reference, lead_desk_id, status, version, opened_at, age_band,
    gender_identity, situation, service_language, indigenous_led, access_needs, dependants,
    contact_rules, areas_to_avoid, safety_flags, needs, closure_reason)
  select i, 'C' || lpad(upper(to_hex(i)), 7, '0'), sender, 'open', 1, sent_at,
    (array['12_15','16_17','18_20','21_23','24_29'])[1 + i % 5], 'woman_girl', 'left_recently',
    'en', 'not_asked', '{}', 0, '{}', '{}', '{}', '{}', '' from plan;
insert into referrals_referral (id, reference, case_id, from_desk_id, to_desk_id, to_team_id,
    to_province, accepting_desk_id, responsible_desk_id, writer_id, doors, need_since, status,
    urgency, version, due_at, written_at, sent_at, accepted_at, completed_at, questions,
    decline_reason, withdraw_reason, give_back_reason, basis_end)
  select i, 'R' || lpad(upper(to_hex(i)), 7, '0'), i, sender,
    case when team is null then receiver end, team, '', winner,
    coalesce(winner, sender), sender, 1, sent_at, status,
    (array['immediate','crisis','urgent','priority','planned'])[1 + i % 5], 2,
    sent_at + interval '1 day', sent_at, sent_at,
    case status when 'completed' then sent_at end, case status when 'completed' then sent_at end,
    '{}', '', '', '', '' from plan;
insert into referrals_requestedservice (referral_id, case_id, service, target, is_live, outcome)
  select i, i, 'emergency_shelter', coalesce('team:' || team, 'desk:' || receiver),
    status = 'sent',
    case status when 'completed' then 'connected' else '' end from plan;
insert into cases_consent (id, case_id, number, kind, services, audience, given_on, until, form,
    desk_id, recorder_id, recorded_at, version)
  select i, i, 1, 'express_informed', '{emergency_shelter}', '{community_org}',
    (sent_at at time zone 'America/Toronto')::date,
    now() + interval '90 days', 'spoken', sender, sender, sent_at, 1 from plan;
insert into referrals_basis (referral_id, code, audience, provision, until, consent_id)
  select i, 'express_informed', '{community_org}', '', now() + interval '90 days', i from plan;
insert into referrals_referralgrant (permission_id, group_id, content_object_id, reason, source,
    until, box, due_at, declined)
  select p.id, sender, i, 'sender', 'referral:R' || lpad(upper(to_hex(i)), 7, '0'), null,
    case status when 'sent' then 'sent' else 'closed' end, sent_at + interval '1 day', false
  from plan, auth_permission p where p.codename = 'view_referral';
insert into referrals_referralgrant (permission_id, group_id, content_object_id, reason, source,
    until, box, due_at, declined)
  select p.id, desk, i, 'receiver', 'referral:R' || lpad(upper(to_hex(i)), 7, '0'),
    case when status = 'sent' then now() + interval '90 days' when desk <> winner then sent_at end,
    case status when 'sent' then 'inbox' else 'closed' end, sent_at + interval '1 day', false
  from plan join asked using (i), auth_permission p where p.codename = 'view_referral';
insert into cases_casegrant (permission_id, group_id, content_object_id, reason, source, until,
    opens_page)
  select p.id, sender, i, 'lead', 'case:C' || lpad(upper(to_hex(i)), 7, '0'), null, true
  from plan, auth_permission p where p.codename = 'view_case';
insert into cases_casegrant (permission_id, group_id, content_object_id, reason, source, until,
    opens_page)
  select p.id, desk, i, 'receiver', 'referral:R' || lpad(upper(to_hex(i)), 7, '0'),
    case status when 'sent' then now() + interval '90 days' else sent_at end,
    status = 'completed' and desk = winner
  from plan join asked using (i), auth_permission p where p.codename = 'view_case';
drop table plan, asked;
"""


def fill(admin_url: str, *, count: int) -> None:
    """Fill a migrated, empty database with `count` referrals, as its administrator."""
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute("set synchronous_commit = off")
        admin.execute("set maintenance_work_mem = '256MB'")
        admin.execute("set work_mem = '128MB'")
        admin.execute(_NETWORK)
        admin.execute(_PLAN.replace("%(count)s", str(count)))
        admin.execute(_ASKED)
        admin.execute(_ROWS)
        admin.execute("vacuum analyze")
