"""Access reviews: each seat is kept by somebody else than who sits there, then one signs."""

import psycopg
import pytest
from django.test import Client
from django.utils import timezone

from coordination import reviews
from coordination.errors import NotAllowed, WrongStatus
from coordination.models import AccessReview, Agency, ReviewLine
from coordination.roles import Role
from tests import database


@pytest.fixture
def review(world):
    """An open review of peel-cas: its worker, and its only administrator."""
    world.user("peel-cas", Role.AGENCY_ADMIN)
    world.user("office", Role.COORDINATOR)
    with database.as_role("worker"):
        return reviews.open_review(agency=world.desks["peel-cas"].agency, at=timezone.now())


def line_of(review, role):
    return ReviewLine.objects.select_related("review__agency", "seat__user", "seat__desk").get(
        review=review, seat__role=role
    )


def test_the_office_confirms_the_administrator_of_a_one_person_agency(world, review):
    now = timezone.now()
    with world.acting("peel-cas", Role.AGENCY_ADMIN) as admin:
        reviews.keep_seat(actor=admin, line=line_of(review, "worker"), at=now)
        with pytest.raises(NotAllowed):
            reviews.keep_seat(actor=admin, line=line_of(review, "agency_admin"), at=now)
        with pytest.raises(WrongStatus):
            reviews.sign_review(actor=admin, review=review, at=now)
    with world.acting("office", Role.COORDINATOR) as office:
        (line,) = reviews.lines_for_the_office(office)
        with pytest.raises(NotAllowed):
            reviews.keep_seat(actor=office, line=line_of(review, "worker"), at=timezone.now())
        reviews.keep_seat(actor=office, line=line, at=timezone.now())
    with world.acting("peel-cas", Role.AGENCY_ADMIN) as admin:
        reviews.sign_review(actor=admin, review=review, at=timezone.now())
        with pytest.raises(WrongStatus):
            reviews.sign_review(actor=admin, review=review, at=timezone.now())


def test_a_review_begins_when_its_time_has_come_and_only_then(world):
    with database.as_role("worker"):
        assert reviews.open_due(at=timezone.now()) == 0
        Agency.objects.filter(slug="peel-cas").update(review_every="quarterly")
    with database.as_superuser() as cursor:
        cursor.execute("update coordination_membership set since = now() - interval '92 days'")
    with database.as_role("worker"):
        now = timezone.now()
        assert [reviews.open_due(at=now), reviews.open_due(at=now)] == [1, 0]
        opened = AccessReview.objects.get()
        assert (opened.agency.slug, opened.due_at) == ("peel-cas", now + reviews.TIME_TO_SIGN)


def test_pages_keep_sign_and_tell_the_office_who_is_late(world, review):
    admin, office = Client(), Client()
    admin.force_login(world.user("peel-cas", Role.AGENCY_ADMIN))
    office.force_login(world.user("office", Role.COORDINATOR))
    page = admin.get("/en/admin/review/").content.decode()
    assert "Another administrator or the Office confirms this." in page
    path = f"/en/admin/review/{review.reference}"
    assert admin.post(f"{path}/1/keep/").status_code == 302
    assert admin.post(f"{path}/2/keep/").status_code == 403
    with database.as_superuser() as cursor:
        cursor.execute("update coordination_accessreview set due_at = now()")
    late = office.get("/en/office/reviews/").content.decode()
    assert "Agency peel-cas" in late
    assert "seats to decide" in late or "seat to decide" in late
    with world.acting("office", Role.COORDINATOR) as actor:
        assert reviews.waiting_for_the_office(actor) == 1 + 1, "a seat, and a review that is late"
    assert office.post(f"{path}/2/keep/").status_code == 302
    assert admin.post(f"{path}/sign/").status_code == 302
    assert "Agency peel-cas" not in office.get("/en/office/reviews/").content.decode()
    other = Client()
    other.force_login(world.user("ottawa-cas", Role.AGENCY_ADMIN))
    assert other.post(f"{path}/sign/").status_code == 404
    assert admin.post("/en/admin/review/rhythm/", {"every": "quarterly"}).status_code == 302
    assert Agency.objects.get(slug="peel-cas").review_every == "quarterly"


def test_whoever_leaves_under_review_is_decided(world, review):
    client = Client(
        headers={"Authorization": f"Token {world.token('peel-cas', Role.AGENCY_ADMIN)}"}
    )
    answer = client.post("/api/v1/people/peel-cas.worker/deactivate", {}, "application/json")
    assert (answer.status_code, answer.json()["is_active"]) == (200, False)
    (shown,) = client.get("/api/v1/access-review").json()["results"]
    assert [line["is_open"] for line in shown["lines"]] == [False, True]
    signing = client.post(f"/api/v1/access-review/{review.reference}/sign")
    assert signing.status_code == 409


def test_the_api_invites_once_a_key_and_shows_the_link_once(world):
    client = Client(
        headers={"Authorization": f"Token {world.token('peel-cas', Role.AGENCY_ADMIN)}"}
    )
    body = {"desk": "peel-cas", "role": "worker", "email": "jo@example.org", "language": "en"}
    send = {"content_type": "application/json", "headers": {"Idempotency-Key": "one"}}
    first = client.post("/api/v1/invitations", body, **send)
    again = client.post("/api/v1/invitations", body, **send)
    assert first.json()["link"].startswith("http")
    assert again.json() == first.json() | {"link": None}
    revoked = client.post(f"/api/v1/invitations/{first.json()['reference']}/revoke")
    assert revoked.json()["is_open"] is False
    seat = {"desk": "peel-cas", "role": "lead"}
    path = "/api/v1/people/peel-cas.worker"
    changed = client.post(f"{path}/seat", seat, "application/json").json()
    assert [each["role"] for each in changed["seats"]] == ["lead"]
    assert client.get("/api/v1/people/ottawa-cas.worker").status_code == 404
    ended = client.post(f"{path}/end_seat", {"desk": "peel-cas"}, "application/json")
    assert ended.json()["seats"] == []


def test_raw_sql_keeps_no_own_seat_and_signs_nothing_early(world, review):
    me = world.user("peel-cas", Role.AGENCY_ADMIN).pk
    for attack in (
        "update coordination_reviewline set kept_at = now(), kept_by_id = {me} where number = 2",
        "update coordination_reviewline set kept_at = now(), kept_by_id = {me} + 1",
        "update coordination_accessreview set signed_at = now(), signed_by_id = {me}",
        "update coordination_reviewline set seat_id = 1",
        "update coordination_agency set review_every = 'yearly'",
    ):
        with psycopg.connect(database.url("app")) as app:
            app.execute("select set_config('relay.actor', %s, true)", [str(me)])
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(attack.format(me=me))
