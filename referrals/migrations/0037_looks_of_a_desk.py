"""
A look is some desk's, also where its person chose none; and what is said of people was done now.

Found by somebody who played an insider: no look without a desk showed in "who could see it", and
of their own account anybody said anything.
"""

from django.db import migrations

GUARD = """
set local role relay_definer;
create or replace function audit_entry_guard() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  known audit_knownverb;
  kind text := split_part(new.subject, ':', 1);
  named text := substr(new.subject, length(split_part(new.subject, ':', 1)) + 2);
  mine int[];
  sees boolean;
  done boolean;
begin
  select * into known from audit_knownverb where verb = new.verb;
  if not found or not kind = any (known.kinds)
     or known.makes_version <> (new.version is not null)
     or new.subject !~ '^[a-z]+:[A-Za-z0-9:_-]{1,50}$'
  then
    raise exception 'there is no such event of such a subject'
      using errcode = 'check_violation', constraint = 'entry_speaks_of_its_kind';
  end if;
  if session_user <> 'relay_app' then
    return new;
  end if;
  if known.by_worker then
    raise exception 'no person says this' using errcode = 'insufficient_privilege';
  end if;
  if new.desk_id is not null and not exists (
    select from coordination_membership m where m.user_id = new.actor_id
      and m.desk_id = new.desk_id and m.since <= statement_timestamp()
      and (m.until is null or m.until > statement_timestamp()))
  then
    raise exception 'the actor has no seat at this desk' using errcode = 'insufficient_privilege';
  end if;
  mine := my_desks();
  if kind = 'referral' then
    select r.from_desk_id = any (mine) or taking_over(r.case_id) or exists (
        select from referrals_referralgrant g where g.content_object_id = r.id
          and g.group_id = any (mine) and (g.until is null or g.until > statement_timestamp())),
      case
        when new.version is not null then r.version = new.version and audit_made_now(r.xmin)
        when new.verb in ('referral.assigned', 'referral.seen') then exists (
          select from referrals_referralgrant g where g.content_object_id = r.id
            and g.group_id = any (mine) and audit_made_now(g.xmin))
        else true end
      into sees, done from referrals_referral r where r.reference = named;
  elsif kind = 'case' then
    select c.lead_desk_id = any (mine) or exists (
        select from cases_casegrant g where g.content_object_id = c.id
          and g.group_id = any (mine) and (g.until is null or g.until > statement_timestamp())),
      case
        when new.version is not null then c.version = new.version and audit_made_now(c.xmin)
        when new.verb = 'case.assigned' then audit_made_now(c.xmin)
        when new.verb like 'consent.%' then exists (
          select from cases_consent k where k.case_id = c.id and audit_made_now(k.xmin))
        else true end
      into sees, done from cases_case c where c.reference = named;
  elsif kind = 'handoff' then
    select h.from_desk_id = any (mine) or h.accepting_desk_id = any (mine) or exists (
        select from referrals_handoffgrant g where g.content_object_id = h.id
          and g.group_id = any (mine) and (g.until is null or g.until > statement_timestamp())),
      new.version is null or h.version = new.version and audit_made_now(h.xmin)
      into sees, done from referrals_handoff h where h.reference = named;
  else
    sees := true;
    done := case kind
    when 'box' then named ~ '^[a-z_]+$'
    when 'asked' then named ~ '^(-|[0-9A-Z]{4}-[0-9A-Z]{4})$'
    when 'trace' then named ~ '^[0-9A-Z]{8}$' and my_role_anywhere('auditor')
    when 'identity' then exists (select from cases_case c join coordination_desk d on d.group_id = any (mine)
      join coordination_agency a on a.id = d.agency_id
      where c.reference = named and a.kind in ('indigenous_org', 'cas_indigenous')
        and (c.lead_desk_id = d.group_id or exists (
          select from cases_casegrant g where g.content_object_id = c.id
            and g.group_id = d.group_id and g.opens_page and g.reason in ('receiver', 'shared')
            and (g.until is null or g.until > statement_timestamp()))))
    when 'import' then exists (select from cases_import o
      where o.reference = named and o.desk_id = any (mine)
        and (new.version is null or o.version = new.version and audit_made_now(o.xmin)))
    when 'export' then exists (select from cases_export o where o.reference = named and audit_made_now(o.xmin) and o.taker_id = my_actor())
    when 'request' then exists (select from coordination_accessrequest o where o.reference = named and audit_made_now(o.xmin))
    when 'process' then exists (select from coordination_legalprocess o where o.reference = named and audit_made_now(o.xmin))
    when 'breach' then exists (select from coordination_breach o where o.reference = named and audit_made_now(o.xmin))
    when 'hold' then exists (select from coordination_legalhold o where o.reference = named and audit_made_now(o.xmin))
    when 'invitation' then exists (select from coordination_invitation o where o.reference = named and audit_made_now(o.xmin))
    when 'review' then exists (select from coordination_accessreview r where r.reference = named
      and (audit_made_now(r.xmin) or exists (select from coordination_reviewline l
        where l.review_id = r.id and audit_made_now(l.xmin))))
    when 'retention' then exists (select from coordination_retentionperiod p
      where p.record_class = named and audit_made_now(p.xmin))
    when 'pattern' then exists (select from coordination_identifierpattern p
      where p.code = named and audit_made_now(p.xmin))
    when 'agreement' then exists (select from coordination_agreement a
      where a.id::text = named and audit_made_now(a.xmin))
    when 'gap' then exists (select from coordination_servicegap s
      where s.service || ':' || s.region = named and audit_made_now(s.xmin))
    when 'agency' then exists (select from coordination_agency a
      where a.slug = named and audit_made_now(a.xmin))
    when 'desk' then exists (select from coordination_desk d where d.slug = named
      and (audit_made_now(d.xmin) or exists (select from coordination_capacity c
        where c.desk_id = d.group_id and audit_made_now(c.xmin))
      or exists (select from coordination_shift s
        where s.desk_id = d.group_id and audit_made_now(s.xmin))
      or exists (select from coordination_dutyexception e
        where e.desk_id = d.group_id and audit_made_now(e.xmin))))
    when 'user' then case new.verb
      when 'session.started' then named = my_actor()::text
      when 'user.joined' then exists (select from coordination_invitation i
        where i.person_id::text = named and i.used_in = txid_current())
      when 'user.deactivated' then exists (select from coordination_user u
        where u.id::text = named and not u.is_active and audit_made_now(u.xmin))
      when 'member.added' then exists (select from coordination_membership m
        where m.user_id::text = named and m.until is null and audit_made_now(m.xmin))
      when 'member.ended' then exists (select from coordination_membership m
        where m.user_id::text = named and m.until is not null and audit_made_now(m.xmin))
      when 'token.issued' then exists (select from coordination_apitoken t
        where t.user_id::text = named and t.revoked_at is null and audit_made_now(t.xmin))
      when 'token.revoked' then exists (select from coordination_apitoken t
        where t.user_id::text = named and t.revoked_at is not null and audit_made_now(t.xmin))
      else false end
    else false end;
  end if;
  if new.desk_id is null and sees then
    new.desk_id := case kind
      when 'referral' then (select min(g.group_id) from referrals_referralgrant g
        join referrals_referral r on r.id = g.content_object_id where r.reference = named
          and g.group_id = any (mine) and (g.until is null or g.until > statement_timestamp()))
      when 'case' then (select min(g.group_id) from cases_casegrant g
        join cases_case c on c.id = g.content_object_id where c.reference = named
          and g.group_id = any (mine) and (g.until is null or g.until > statement_timestamp()))
      when 'handoff' then (select min(g.group_id) from referrals_handoffgrant g
        join referrals_handoff h on h.id = g.content_object_id where h.reference = named
          and g.group_id = any (mine) and (g.until is null or g.until > statement_timestamp()))
      end;
  end if;
  if new.verb = 'note.added' then
    done := exists (select from cases_note n
                    where n.about = new.subject and audit_made_now(n.xmin));
  end if;
  if sees is not true then
    raise exception 'an entry about what its actor does not see'
      using errcode = 'insufficient_privilege';
  elsif done is not true then
    raise exception 'an entry tells of what its own transaction did'
      using errcode = 'check_violation', constraint = 'entry_of_its_change';
  end if;
  return new;
end $$;
reset role;
"""

HANDOFFS = """
set local role relay_definer;
create or replace function handoff_recorded() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  said text;
  body jsonb;
begin
  select e.verb, b.data into said, body
    from audit_entry e join audit_entrybody b on b.entry_id = e.id
    where e.subject = tg_argv[0] || ':' || new.reference and e.version = new.version
      and e.recorded_at >= transaction_timestamp();
  if not found then
    raise exception 'version % of % % is not in the record', new.version, tg_argv[0], new.reference
      using errcode = 'check_violation', constraint = 'recorded';
  elsif (tg_op = 'INSERT' or old.status <> new.status) and said <> 'handoff.' || new.status
     or tg_op = 'UPDATE' and old.status = new.status and said in ('handoff.proposed',
       'handoff.accepted', 'handoff.declined', 'handoff.withdrawn', 'handoff.lapsed')
  then
    raise exception 'the entry says something else than what was done'
      using errcode = 'check_violation', constraint = 'said_as_it_was_done';
  elsif session_user = 'relay_app' and (case said
      when 'handoff.declined' then body ->> 'reason' = new.decline_reason
      when 'handoff.withdrawn' then body ->> 'reason' = new.withdraw_reason
      else true end) is not true
  then
    raise exception 'the entry gives another reason than the row'
      using errcode = 'check_violation', constraint = 'said_with_its_reason';
  end if;
  return null;
end $$;
reset role;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0036_overdue"),
        ("audit", "0008_bodies"),
        ("coordination", "0031_retries"),
    ]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (GUARD, HANDOFFS)]
