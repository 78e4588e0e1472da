"""
A column of codes takes the codes of its vocabulary: a name in the shape of a code is none.

Each statement is one that an insider could write with the web process's login.
"""

import psycopg
import pytest
from django.apps import apps
from psycopg import sql

from coordination import known_codes, vocabularies
from coordination.fields import CodeField, CodesField
from coordination.models import KnownCodes
from tests import database
from tests.test_walls_catalogue import fill

NAME = "anna_kowalczyk"
SHAPED = """
select c.conrelid::regclass::text, a.attname from pg_constraint c
join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey)
where c.contype = 'c' and pg_get_constraintdef(c.oid) like '%%^[a-z0-9\\_%%'
"""
OTHERS = {
    ("cases_importrow", "facts"),
    ("cases_importrow", "fingerprint"),
    ("cases_importrow", "key"),
    ("coordination_course", "code"),
}
"""Columns with a shape of their own: digests, facts by name, and what makes a code of a course."""
MAY = "select has_column_privilege('relay_app', %s, %s, %s)"


def fields():
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if isinstance(field, CodeField | CodesField):
                yield model._meta.db_table, field.column, field


def asked(trigger="codes_known"):
    with database.as_owner() as owner:
        owner.execute(known_codes._HUNG, [[trigger]])
        return {
            (table, *pair)
            for _trigger, table, told in owner.fetchall()
            for words in [bytes(told).decode().split("\0")[:-1]]
            for pair in zip(words[::2], words[1::2], strict=True)
        }


def test_every_column_of_codes_is_asked_about(transactional_db):
    of_models = {(table, column, field.vocabulary) for table, column, field in fields()}
    assert asked() == asked("changed_codes_known") == of_models
    with database.as_owner() as owner:
        shaped = set(owner.execute(SHAPED).fetchall())
    assert {(table, column) for table, column, _vocabulary in asked()} == shaped - OTHERS


def test_the_database_knows_the_codes_that_the_vocabularies_have(transactional_db):
    known = dict(KnownCodes.objects.values_list("vocabulary", "codes"))
    assert known == {name: list(vocabularies.codes(name)) for name in vocabularies.names()}


@pytest.mark.parametrize(
    "change",
    [
        "insert into coordination_knowncodes values ('urgency', '[]')",
        "update coordination_knowncodes set codes = '[]'",
        "delete from coordination_knowncodes",
    ],
)
def test_the_web_process_makes_no_codes(transactional_db, change):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        _app(change)


def test_codes_that_it_makes_beside_count_for_nothing(transactional_db):
    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        _app(
            "create temporary table coordination_knowncodes as"
            f" select 'urgency' as vocabulary, '[\"{NAME}\"]'::jsonb as codes;"
            "set search_path = pg_temp, public;"
            f"insert into public.referrals_referral (urgency) values ('{NAME}')"
        )
    assert refused.value.diag.constraint_name == "codes_known"


def test_no_new_row_of_the_web_process_holds_a_name_as_a_code(transactional_db):
    let_through = []
    with psycopg.connect(database.url("app"), autocommit=True) as app:
        for table, column, field in fields():
            if app.execute(MAY, [table, column, "insert"]).fetchone() == (True,):
                statement = "insert into {} ({}) values (%s)"
                if _answer(app, statement, table, column, field) != "codes_known":
                    let_through.append((table, column))
    assert let_through == []


def test_no_row_that_is_there_gets_a_name_as_a_code(world):
    fill(world)
    let_through, rows = [], set()
    with database.as_superuser() as admin:  # no other wall stops it
        for table, column, field in fields():
            answer = _answer(admin, "update {} set {} = %s", table, column, field)
            if answer == "codes_known":
                rows.add(table)
            elif admin.execute(
                sql.SQL("select from {} limit 1").format(sql.Identifier(table))
            ).fetchone():
                let_through.append((table, column, answer))
    assert let_through == []
    assert len(rows) > 30


def _answer(cursor, statement, table, column, field):
    """Return the constraint that refuses a name in a column, if one does."""
    value = [NAME] if isinstance(field, CodesField) else NAME
    try:
        cursor.execute(
            sql.SQL(statement).format(sql.Identifier(table), sql.Identifier(column)), [value]
        )
    except psycopg.Error as error:
        return error.diag.constraint_name
    return None


def _app(statement):
    with psycopg.connect(database.url("app"), autocommit=True) as app:
        app.execute(statement)


def test_a_code_that_left_its_vocabulary_stays_where_it_is_and_goes_nowhere_new(world):
    referral, other = world.referral(), world.referral()
    with database.as_superuser() as admin:
        change = "update referrals_requestedservice set service = %s where referral_id = %s"
        admin.execute("set session_replication_role = replica")
        admin.execute(change, ["once_known", referral.pk])
        admin.execute("set session_replication_role = origin")
        admin.execute("update referrals_requestedservice set outcome = 'informed'")
        with pytest.raises(psycopg.errors.CheckViolation):
            admin.execute(change, ["once_known", other.pk])


def test_a_code_that_joins_its_vocabulary_is_known_after_migrating(world, monkeypatch):
    asked_before = asked()
    more = {**vocabularies._load(), "urgency": {NAME: vocabularies.Entry(NAME, "x", "x")}}
    with monkeypatch.context() as patched, database.as_role("owner"):
        patched.setattr(vocabularies, "_load", lambda: more)
        known_codes.tell_the_database()
        assert KnownCodes.objects.get(vocabulary="urgency").codes == [NAME]
    with database.as_role("owner"):
        known_codes.tell_the_database()
    assert asked() == asked_before


def test_what_is_asked_follows_the_columns(transactional_db, monkeypatch):
    before = asked()
    fewer = known_codes.columns()
    del fewer["referrals_override"], fewer["cases_note"]["kind"]
    with database.as_role("owner"):
        with monkeypatch.context() as patched:
            patched.setattr(known_codes, "columns", lambda: fewer)
            known_codes.tell_the_database()
            gone = {(table, column) for table, column, _vocabulary in before - asked()}
        known_codes.tell_the_database()
    assert gone == {
        ("referrals_override", "rail"),
        ("referrals_override", "reason"),
        ("cases_note", "kind"),
    }
    assert asked() == before


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("update cases_case set version = version + 1, safety_flags = %s", "immediate_danger"),
        ("update cases_case set version = version + 1, areas_to_avoid = %s", "north-area"),
        ("update coordination_desk set services = %s", "emergency_shelter"),
    ],
)
def test_several_codes_are_a_plain_list_of_them(world, change, code):
    """Pages, lists and the API fail on a list of lists, for whoever is to read the row."""
    world.case(areas_to_avoid=["peel-area"])
    with database.as_superuser() as admin:  # no other wall stops it
        for wrong in ([[code]], [code, None], [code] * 200):
            with pytest.raises(psycopg.errors.CheckViolation) as refused:
                admin.execute(change, [wrong])
            assert refused.value.diag.constraint_name in ("codes_known", "case_areas_known")
        admin.execute("begin")
        assert admin.execute(change, [[code]]).rowcount
        admin.execute("rollback")
