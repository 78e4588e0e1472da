"""A colleague's draft stays unseen, but that there is one stops the closing of its case."""

from django.db import migrations

DRAFTS = """
create function drafts_of_colleagues(wanted bigint) returns bigint stable language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return (select count(*) from referrals_referral r where r.case_id = wanted
          and r.status = 'draft' and r.from_desk_id = any (my_desks())
          and r.writer_id <> my_actor());
end $$;
revoke execute on function drafts_of_colleagues from public;
grant execute on function drafts_of_colleagues to relay_app, relay_worker;
alter function drafts_of_colleagues owner to relay_definer;
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0012_leaving")]

    operations = [migrations.RunSQL(DRAFTS, migrations.RunSQL.noop)]
