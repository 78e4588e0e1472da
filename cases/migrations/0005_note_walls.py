"""Words reach whoever `Note.visible_to` says, and nobody changes them: the second wall."""

from django.db import migrations

MINE = "any ((select my_desks())::int[])"

# Read and write on one condition: a grant whose source is what the words are about, or one that
# opens the case; of a receiver only words about the case, as another referral is not its business.
REACHES = """(select true from cases_casegrant g where g.content_object_id = case_id
    and g.group_id = {desk} and (g.until is null or g.until > statement_timestamp())
    and (g.source = about or (g.opens_page and (g.reason <> 'receiver' or left(about, 5) = 'case:')))
    limit 1)"""

WALLS = f"""
grant select, insert on cases_note to relay_app;
grant select, insert, delete on cases_note to relay_worker;
alter table cases_note enable row level security;
alter table cases_note force row level security;
create policy worker on cases_note to relay_worker using (true) with check (true);
create policy read on cases_note for select to relay_app using (
  desk_id = {MINE} or (audience = 'everyone' and {REACHES.format(desk=MINE)}));
create policy add on cases_note for insert to relay_app with check (
  desk_id = {MINE} and writer_id = (select my_actor())
  and {REACHES.format(desk="desk_id").replace("limit 1", "and g.reason <> 'former_lead' limit 1")});
"""

UNDO = """
drop policy worker on cases_note;
drop policy read on cases_note;
drop policy add on cases_note;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_notes"), ("coordination", "0006_token_walls")]

    operations = [migrations.RunSQL(WALLS, UNDO)]
