"""People: invited once, seated and seen by whoever administers them, and by nobody else."""

import datetime as dt

import psycopg
import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from audit import followers
from audit.models import Entry
from audit.record import acting
from coordination import invitations, people
from coordination.desks import change_desk, close_desk
from coordination.errors import Invalid, NotAllowed
from coordination.models import Desk, Invitation, Membership, User
from coordination.roles import AGENCY_ROLES, OFFICE_ROLES, Role
from coordination.throttling import Invited
from notifications.models import Notice
from tests import database
from tests.coordination.test_duty import NIGHTS, shift

ANSWERS = {
    "username": "jo.new",
    "first_name": "Jo",
    "last_name": "New",
    "password": "a long enough secret",
    "language": "fr",
}


def invite(world, desk="peel-cas", role=Role.WORKER, email="jo@example.org"):
    """Return the path of an invitation's link."""
    with world.acting(desk, Role.AGENCY_ADMIN) as admin:
        _made, link = invitations.invite_person(
            actor=admin, desk=world.desks[desk], role=role, email=email, language="en",
            link=lambda secret: f"/en/invitation/?key={secret}", at=timezone.now(),
        )  # fmt: skip
    return link


def signed_in(world, desk, role):
    client = Client()
    client.force_login(world.user(desk, role))
    return client


def test_an_invitation_makes_an_account_once(world, settings):
    settings.MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    link, client = invite(world), Client()
    (letter,) = mail.outbox
    assert letter.to == ["jo@example.org"]
    assert link in letter.body
    assert "peel" not in (letter.subject + letter.body.replace(link, "")).lower()
    assert client.get(link).status_code == 200
    assert client.post(link, ANSWERS | {"password": "short"}).status_code == 422
    assert client.post(link, ANSWERS).status_code == 302
    person = User.objects.get(username="jo.new")
    assert (person.email, person.language, person.agency.slug) == (
        "jo@example.org", "fr", "peel-cas",
    )  # fmt: skip
    assert [(m.desk.slug, m.role) for m in person.memberships.all()] == [("peel-cas", "worker")]
    assert person.groups.get() == world.desks["peel-cas"].group
    assert client.login(username="jo.new", password=ANSWERS["password"])
    used = Client().get(link)
    assert used.status_code == 404
    with database.as_role("worker"):
        verbs = Entry.objects.filter(actor_id=person.pk).order_by("pk")
        assert list(verbs.values_list("verb", flat=True))[:2] == ["user.joined", "member.added"]
        assert ANSWERS["password"] not in str(Invitation.objects.values())
        assert link.partition("=")[2] not in str(Invitation.objects.values())


def test_wrong_used_expired_and_revoked_look_alike(world):
    used, expired, revoked = (invite(world) for _ in range(3))
    Client().post(used, ANSWERS)
    with database.as_superuser() as cursor:
        cursor.execute(
            "update coordination_invitation set expires_at = now() where used_at is null"
            " and id = (select min(id) from coordination_invitation where used_at is null)"
        )
    with database.as_role("worker"):
        last = Invitation.objects.filter(used_at=None).order_by("-pk")[0]
    client = signed_in(world, "peel-cas", Role.AGENCY_ADMIN)
    assert client.post(f"/en/admin/invitations/{last.reference}/revoke/").status_code == 302
    wrong = used[:-6] + "wrong"
    pages = [Client().get(link) for link in (wrong, used, expired, revoked)]
    links = (wrong, used, expired, revoked)
    bodies = {
        page.content.replace(link.partition("=")[2].encode(), b"")
        for page, link in zip(pages, links, strict=True)
    }
    assert [page.status_code for page in pages] == [404] * 4
    assert len(bodies) == 1
    for link in links:
        assert Client().post(link, ANSWERS | {"username": "other.name"}).status_code == 404
    assert not User.objects.filter(username="other.name").exists()


def test_guessing_at_links_is_slowed_down(world, monkeypatch):
    monkeypatch.setattr(Invited, "THROTTLE_RATES", {"invitation": "3/min"})
    client = Client()
    statuses = [client.get("/en/invitation/?key=guess").status_code for _ in range(5)]
    assert statuses == [404, 404, 404, 429, 429]


def test_an_administrator_invites_for_the_own_desks_and_roles_only(world):
    with world.acting("peel-cas", Role.AGENCY_ADMIN) as admin:
        given = {"email": "x@example.org", "language": "en", "link": str, "at": timezone.now()}
        with pytest.raises(NotAllowed):
            invitations.invite_person(
                actor=admin, desk=world.desks["ottawa-cas"], role=Role.WORKER, **given
            )
        with pytest.raises(Invalid):
            invitations.invite_person(
                actor=admin, desk=world.desks["peel-cas"], role=Role.AUDITOR, **given
            )


def test_the_pages_of_people_tell_no_other_agency(world):
    with database.as_role("worker"):
        User.objects.filter(pk=world.user("ottawa-cas").pk).update(email="own@example.org")
    own = signed_in(world, "ottawa-cas", Role.AGENCY_ADMIN)
    assert "own@example.org" in own.get("/en/admin/people/").content.decode()
    assert "own@example.org" in own.get("/en/admin/people/ottawa-cas.worker/").content.decode()
    other = signed_in(world, "peel-cas", Role.AGENCY_ADMIN)
    assert "ottawa-cas.worker" not in other.get("/en/admin/people/").content.decode()
    for path in ("people/ottawa-cas.worker/", "people/ottawa-cas.worker/leave/", "desks/ottawa-cas/",
                 "people/?agency=ottawa-cas", "invite/?agency=ottawa-cas"):  # fmt: skip
        assert other.get(f"/en/admin/{path}").status_code == 404


def test_a_role_is_changed_on_the_page_of_a_person(world):
    client = signed_in(world, "peel-cas", Role.AGENCY_ADMIN)
    answer = client.post("/en/admin/people/peel-cas.worker/", {"desk": "peel-cas", "role": "lead"})
    assert answer.status_code == 302
    seats = Membership.objects.current().filter(user=world.user("peel-cas"))
    assert [seat.role for seat in seats] == ["lead"]


def test_leaving_names_who_takes_over_in_the_same_form(world):
    lead = world.user("peel-cas", Role.LEAD)
    shift(world, world.user("peel-cas"), NIGHTS)
    client = signed_in(world, "peel-cas", Role.AGENCY_ADMIN)
    page = client.get("/en/admin/people/peel-cas.worker/leave/").content.decode()
    assert (
        "Cases: 0. Referrals: 0. Drafts: 0. Shifts: 1. Exceptions to the rota: 0. They drop" in page
    )
    assert "checked" not in page
    for said, error in (({}, "Choose an answer."), ({"ends": "all"}, "Choose who takes over")):
        unsaid = client.post("/en/admin/people/peel-cas.worker/leave/", said)
        assert unsaid.status_code == 422
        assert error in unsaid.content.decode()
    bad = client.post(
        "/en/admin/people/peel-cas.worker/leave/", {"ends": "all", "peel-cas": "ottawa-cas.worker"}
    )
    assert bad.status_code == 422
    good = client.post(
        "/en/admin/people/peel-cas.worker/leave/", {"ends": "all", "peel-cas": "peel-cas.lead"}
    )
    assert good.status_code == 302
    seat = Membership.objects.get(user=world.user("peel-cas"))
    assert (seat.successor, seat.ended_by) == (
        world.user("peel-cas", Role.LEAD), world.user("peel-cas", Role.AGENCY_ADMIN),
    )  # fmt: skip
    with database.as_role("worker"):
        followers.drain("notify")
        told = Notice.objects.filter(verb="member.ended").values_list("recipient", "reference")
        assert list(told) == [(lead.pk, "")]
    notices = signed_in(world, "peel-cas", Role.LEAD).get("/en/notifications/").content.decode()
    assert "Their shifts are gone: look at the rota." in notices
    assert '/en/desk/rota/">Rota</a>' in notices
    own = client.get("/en/admin/people/peel-cas.agency_admin/leave/").content.decode()
    assert "Nobody changes their own seat." in own
    assert "End it now" not in own
    own = client.post("/en/admin/people/peel-cas.agency_admin/leave/", {"ends": "all"})
    assert own.status_code == 403
    assert User.objects.get(username="peel-cas.agency_admin").is_active


def test_a_desk_without_a_duty_lead_is_asked_about_first(world):
    world.user("peel-cas", Role.LEAD)
    client = signed_in(world, "peel-cas", Role.AGENCY_ADMIN)
    url, ends = "/en/admin/people/peel-cas.lead/leave/", {"ends": "all", "peel-cas": "*"}
    assert "last duty lead of" in client.get(url).content.decode()
    refused = client.post(url, ends)
    assert refused.status_code == 422
    assert "Tick this, or name another duty lead first." in refused.content.decode()
    assert client.post(url, ends | {"sure": "on"}).status_code == 302
    last = client.get("/fr/admin/people/peel-cas.worker/leave/").content.decode()
    assert "Personne ne peut y être averti" in last


def test_a_desks_services_and_cover_are_its_administrators(world):
    client = signed_in(world, "peel-cas", Role.AGENCY_ADMIN)
    said = {"services": ["dental"], "duty_phone": "555-0142", "cover_desk": "peel-police"}
    assert client.post("/en/admin/desks/peel-cas/", said).status_code == 302
    desk = Desk.objects.get(slug="peel-cas")
    assert (desk.services, desk.duty_phone, desk.cover_desk.slug) == (
        ["dental"], "555-0142", "peel-police",
    )  # fmt: skip
    far = said | {"cover_desk": "ottawa-cas"}
    assert client.post("/en/admin/desks/peel-cas/", far).status_code == 422
    assert client.get("/en/admin/desks/ottawa-cas/").status_code == 404


def test_a_closed_desk_takes_nothing_and_nobody(world):
    world.user("peel-cas", Role.AGENCY_ADMIN)
    with world.acting("peel-cas", Role.AGENCY_ADMIN) as admin:
        close_desk(actor=admin, desk=world.desks["peel-cas"], at=timezone.now())
    seats = Membership.objects.current().filter(desk__slug="peel-cas")
    assert [seat.role for seat in seats] == ["agency_admin"]
    with pytest.raises(Invalid):
        world.referral(to="peel-cas", sender="ottawa-cas")
    with world.acting("peel-cas", Role.AGENCY_ADMIN) as admin, pytest.raises(Invalid):
        close_desk(actor=admin, desk=world.desks["peel-cas"], at=timezone.now())
    world.user("peel-community", Role.AGENCY_ADMIN)
    with world.acting("peel-community", Role.AGENCY_ADMIN) as admin, pytest.raises(Invalid):
        close_desk(actor=admin, desk=world.desks["peel-community"], at=timezone.now())


def test_a_form_that_changes_nothing_is_no_change(world):
    with world.acting("peel-cas", Role.AGENCY_ADMIN) as admin, pytest.raises(Invalid):
        change_desk(actor=admin, desk=world.desks["peel-cas"], facts={}, at=timezone.now())


def test_the_database_names_the_same_roles(db):
    with connection.cursor() as cursor:
        cursor.execute("select prosrc from pg_proc where proname = 'may_seat'")
        (source,) = cursor.fetchone()
    for roles in (AGENCY_ROLES, OFFICE_ROLES):
        assert "array[" + ", ".join(f"'{role}'" for role in roles) + "]" in source


ATTACKS = {
    "seat oneself": "insert into coordination_membership (user_id, desk_id, role, since)"
    " values ({me}, {desk}, 'worker', now())",
    "seat a friend at another agency": "insert into coordination_membership"
    " (user_id, desk_id, role, since) values ({friend}, {other}, 'worker', now())",
    "seat a stranger at one's desk": "insert into coordination_membership"
    " (user_id, desk_id, role, since) values ({stranger}, {desk}, 'worker', now())",
    "make a coordinator": "insert into coordination_membership (user_id, desk_id, role, since)"
    " values ({friend}, {desk}, 'coordinator', now())",
    "change one's role": "update coordination_membership set role = 'lead' where user_id = {me}",
    "end a stranger's seat": "update coordination_membership set until = now(), ended_by_id = {me}"
    " where user_id = {stranger}",
    "end one's own": "update coordination_membership set until = now(), ended_by_id = {me}"
    " where user_id = {me}",
    "end it in another's name": "update coordination_membership set until = now(),"
    " ended_by_id = {stranger} where user_id = {friend}",
    "open a seat again": "update coordination_membership set until = null where user_id = {friend}",
    "have a stranger succeed": "update coordination_membership set until = now(),"
    " ended_by_id = {me}, successor_id = {stranger} where user_id = {friend}",
    "deactivate a stranger": "update coordination_user set is_active = false where id = {stranger}",
    "move a person": "update coordination_user set agency_id = 1 where id = {friend}",
    "set a password": "update coordination_user set password = 'x' where id = {friend}",
    "make a person": "insert into coordination_user (username, password) values ('x', 'x')",
    "use an invitation": "update coordination_invitation set used_at = now()",
    "invite elsewhere": "insert into coordination_invitation (reference, digest, desk_id, role,"
    " email, language, invited_by_id, invited_at, expires_at) values ('x', 'x', {other}, 'worker',"
    " 'x@example.org', 'en', {me}, now(), now() + interval '1 day')",
    "tell a name as a phone": "update coordination_desk set duty_phone = 'Anna 416 555-0134'"
    " where group_id = {desk}",
    "take over a desk": "update coordination_desk set duty_phone = '' where group_id = {other}",
    "move a desk": "update coordination_desk set team_id = null where group_id = {desk}",
    "cover from afar": "update coordination_desk set cover_desk_id = {other} where group_id = {desk}",
    "join a group": "insert into coordination_user_groups (user_id, group_id)"
    " values ({me}, {other})",
    "pass on": "update coordination_membership set passed_on_at = now() where user_id = {friend}",
}


def test_an_administrator_with_raw_sql_gets_no_further(world):
    invite(world)
    values = {
        "me": world.user("peel-cas", Role.AGENCY_ADMIN).pk,
        "friend": world.user("peel-cas").pk,
        "stranger": world.user("ottawa-cas").pk,
        "desk": world.desks["peel-cas"].pk,
        "other": world.desks["ottawa-cas"].pk,
    }
    done = []
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(values["me"])])
        for name, attack in ATTACKS.items():
            try:
                with app.transaction():
                    app.execute(attack.format(**values))
                    done.append(name)
            except (psycopg.errors.InsufficientPrivilege, psycopg.errors.CheckViolation):
                pass
    assert done == []


OF_THE_OFFICE = {
    "cover": "update coordination_desk set cover_desk_id = {near} where group_id = {desk}",
    "phone": "update coordination_desk set duty_phone = '555' where group_id = {desk}",
    "address": 'insert into account_emailaddress (user_id, email, verified, "primary")'
    " values ({friend}, 'evil@example.org', true, true)",
}


@pytest.mark.parametrize("attack", OF_THE_OFFICE)
def test_a_coordinator_changes_no_desk_that_has_an_administrator(world, attack):
    world.user("peel-cas", Role.AGENCY_ADMIN)
    values = {
        "friend": world.user("peel-cas").pk,
        "desk": world.desks["peel-cas"].pk,
        "near": world.desks["peel-community"].pk,
    }
    with psycopg.connect(database.url("app")) as app:
        me = world.user("office", Role.COORDINATOR).pk
        app.execute("select set_config('relay.actor', %s, true)", [str(me)])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(OF_THE_OFFICE[attack].format(**values))


def test_an_administrator_with_raw_sql_sees_no_record_before_or_after_an_emptying(world):
    referral = world.referral()
    me = world.user("ottawa-cas", Role.AGENCY_ADMIN).pk
    person = world.user("ottawa-cas").pk
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(me)])
        app.execute(
            "update coordination_membership set until = now(), ended_by_id = %s where user_id = %s",
            [me, person],
        )
        for table in ("cases_case", "referrals_referral", "referrals_referralgrant"):
            assert app.execute(f"select count(*) from {table}").fetchone() == (0,)
        changed = app.execute("update referrals_referral set to_desk_id = from_desk_id")
        assert changed.rowcount == 0
        assert app.execute("select * from desks_left()").fetchall() == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("select * from pending_at(%s)", [referral.to_desk_id])


def test_two_administrators_cannot_end_each_other(world):
    one, two = world.user("peel-cas", Role.AGENCY_ADMIN), None
    with database.as_role("worker"):
        two = User.objects.create_user("peel-cas.two", agency=world.desks["peel-cas"].agency)
        Membership.objects.create(
            user=two, desk=world.desks["peel-cas"], role="agency_admin",
            since=timezone.now() - dt.timedelta(seconds=1),
        )  # fmt: skip
    world.people["peel-cas.two", Role.AGENCY_ADMIN] = two
    with world.acting("peel-cas", Role.AGENCY_ADMIN) as stale:
        pass
    with world.acting("peel-cas.two", Role.AGENCY_ADMIN) as second:
        people.deactivate_person(actor=second, person=one, successors={}, at=timezone.now())
    with database.as_role("app"), pytest.raises(NotAllowed), acting(one.pk):
        people.deactivate_person(actor=stale, person=two, successors={}, at=timezone.now())
