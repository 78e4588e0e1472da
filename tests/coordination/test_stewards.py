"""Whoever runs Relay names a steward at the body's letter; the Office neither names nor dismisses."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from coordination import people
from coordination.errors import NotAllowed
from coordination.invitations import revoke_invitation
from coordination.models import Desk, Invitation, Membership, User
from coordination.roles import Role
from tests import database
from tests.coordination.test_said_now import tried
from tests.referrals.test_walls_of_handoffs import entry

OFFICE, COORDINATOR, STEWARD = "office", Role.COORDINATOR, Role.DATA_STEWARD
SLUG, LETTER = "stewards-metis", "MN-2026-014"
NEW = {
    "agency": "metis-governance",
    "name_en": "Métis governance",
    "name_fr": "Gouvernance métisse",
}
ACCOUNT = {
    "username": "metis.steward", "first_name": "Alex", "last_name": "Morin",
    "password": "correct-horse-battery-9", "language": "fr",
}  # fmt: skip


def run(*args, **options):
    out = StringIO()
    given = {"letter": LETTER, "email": "steward@metis.example", "url": "http://testserver"}
    with database.as_role("worker"):
        call_command("name_steward", *args, stdout=out, **{**given, **options})
    return out.getvalue()


def named():
    """Return the path of the link that the command prints for a new agency's steward."""
    return re.search(r"http://testserver(\S+)", run("metis", **NEW)).group(1)


def joined(world, path):
    """Accept as the person whom the letter names, and put them into the world."""
    answer = Client().post(path, {**ACCOUNT, "password_again": ACCOUNT["password"]})
    assert answer.status_code == 302, answer.content.decode()
    world.__dict__.pop("desks", None)
    with database.as_role("worker"):
        world.people[SLUG, STEWARD] = User.objects.get(username=ACCOUNT["username"])
    return world.people[SLUG, STEWARD]


def test_a_body_names_its_steward_who_accepts_by_link_and_sits_at_its_desk(world):
    person = joined(world, named())
    client = Client()
    client.force_login(person)
    assert client.get("/en/office/stewardship/").status_code == 200
    assert client.get("/en/office/overview/").status_code == 403
    with database.as_role("worker"):
        desk = Desk.objects.get(governance_body="metis")
        assert (desk.slug, desk.agency.slug, desk.is_addressable) == (SLUG, NEW["agency"], False)
        said = Entry.objects.get(verb="steward.named")
        assert (said.subject, said.actor_id) == (f"desk:{SLUG}", None)
        assert said.body.data["letter"] == LETTER
        assert {"Morin", ACCOUNT["username"]}.isdisjoint(said.body.data.values())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"letter": "Dear Jane Doe"}, "reference"),
        ({"agency": OFFICE, "name_en": "", "name_fr": ""}, "Office"),
        ({"agency": "nobody", "name_en": "", "name_fr": ""}, "no such agency"),
        ({"email": "nobody"}, "--email"),
        ({"url": ""}, "--url"),
    ],
)
def test_what_is_wrong_names_nobody(world, wrong, words):
    world.user(OFFICE, COORDINATOR)
    with pytest.raises(CommandError, match=words):
        run("metis", **{**NEW, **wrong})
    with database.as_role("worker"):
        assert not Invitation.objects.exists()
        assert not Desk.objects.exclude(governance_body="").exists()


def test_a_body_has_one_desk_and_its_agency_alone_has_it(world):
    named()
    with pytest.raises(CommandError, match="another agency"):
        run("metis", agency="peel-cas")
    assert "http" in run("metis", agency=NEW["agency"]), "a second steward of the same body"


def test_the_office_neither_takes_the_invitation_back_nor_ends_the_seat(world):
    """A coordinator stands in for agencies without an administrator: for this one in nothing."""
    path = named()
    with world.acting(OFFICE, COORDINATOR) as actor, pytest.raises(NotAllowed):
        invitation = Invitation.objects.defer("digest").get()
        revoke_invitation(actor=actor, invitation=invitation, at=timezone.now())
    with database.as_role("worker"):
        code = Invitation.objects.get().reference
    back = "update coordination_invitation set revoked_at = now()"
    said = entry(f"invitation:{code}", verb="invitation.revoked")
    assert tried(world, OFFICE, COORDINATOR, back, said) == 0
    person = joined(world, path)
    end = (
        "update coordination_membership set until = now(), ended_by_id = %(me)s"
        " where user_id = %(person)s"
    )
    ended = entry(f"user:{person.pk}", verb="member.ended")
    assert tried(world, OFFICE, COORDINATOR, end, ended, person=person.pk) == 0
    out = "update coordination_user set is_active = false where id = %(person)s"
    gone = entry(f"user:{person.pk}", verb="user.deactivated")
    assert tried(world, OFFICE, COORDINATOR, out, gone, person=person.pk) == 0
    invite = (
        "insert into coordination_invitation (reference, digest, desk_id, role, email, language,"
        " invited_at, expires_at) values ('0INV0000', repeat('a', 64), %(stewards_metis)s,"
        " 'data_steward', 'me@example.org', 'en', now(), now() + interval '1 hour')"
    )
    made = entry("invitation:0INV0000", verb="user.invited")
    assert tried(world, OFFICE, COORDINATOR, invite, made) == 0
    with world.acting(OFFICE, COORDINATOR) as actor, pytest.raises(NotAllowed):
        people.end_seat(
            actor=actor, person=person, desk=world.desks[SLUG], successor=None, at=timezone.now()
        )


def test_a_body_dismisses_its_steward_and_the_account_is_dead(world):
    person = joined(world, named())
    client = Client()
    client.force_login(person)
    assert "no more" in run(dismiss=ACCOUNT["username"], letter="MN-2026-015")
    assert client.get("/en/office/stewardship/").status_code == 302
    with database.as_role("worker"):
        assert not Membership.objects.current().filter(user=person).exists()
        said = Entry.objects.get(verb="steward.dismissed").body.data
        assert (said["letter"], said["user"]) == ("MN-2026-015", person.pk)
    with pytest.raises(CommandError, match="No steward"):
        run(dismiss=ACCOUNT["username"])


def test_a_body_takes_a_link_back_that_nobody_used(world):
    joined(world, named())
    second = re.search(r"http://testserver(\S+)", run("metis", agency=NEW["agency"])).group(1)
    with pytest.raises(CommandError, match="reference"):
        run("metis", revoke=True, letter="Dear Jane Doe")
    assert "nowhere now: 1" in run("metis", revoke=True, letter="MN-2026-015")
    other = {**ACCOUNT, "username": "other", "password_again": ACCOUNT["password"]}
    Client().post(second, other)
    with database.as_role("worker"):
        assert not User.objects.filter(username="other").exists()
        said = Entry.objects.get(verb="invitation.revoked").body.data
        assert said == {"body": "metis", "letter": "MN-2026-015"}
    with pytest.raises(CommandError, match="No invitation"):
        run("metis", revoke=True)
