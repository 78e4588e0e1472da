"""
W8 of the fault matrix: no address leads out of Relay, no name reaches the disk, no line is split.

Hostile values are put into everything that becomes an address, a header, a file's name or a mail.
"""

import email
from email import policy
from urllib.parse import quote, urlsplit

import pytest
from django.test import Client

from coordination.models import User
from coordination.roles import Role
from notifications import mailing
from tests import database
from tests.test_permissions import ROWS, address

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http:evil.example",
    "https:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/%09/evil.example",
    "/\t/evil.example",
    "\x00//evil.example",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
]
NAMES = ["next", "url", "return", "redirect", "redirect_to", "continue", "to", "back", "REDIRECT"]
SPLIT = [
    "a\r\nSet-Cookie: evil=1",
    "a\nLocation: //evil.example",
    "a\r\n\r\n<script>",
    "a%0d%0aX-Evil: 1",
]
UP = ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "....//etc/passwd", "/etc/passwd", "..\\..\\etc\\passwd"]  # fmt: skip


def leads_out(answer):
    """Tell whether an answer sends the browser to another host, or to a script."""
    place = answer.headers.get("Location") or answer.headers.get("HX-Redirect") or ""
    parts = urlsplit(place)
    return bool(
        (parts.netloc and parts.netloc != "testserver")
        or parts.scheme not in {"", "http", "https"}
        or place.startswith(("//", "/\\", "\\"))
    )


def signed_in(world, desk="peel-cas", role=Role.LEAD):
    client = Client(raise_request_exception=False)
    client.force_login(world.user(desk, role))
    return client


def test_no_parameter_of_any_page_leads_elsewhere(world):
    referral = world.referral("ottawa")
    lead = signed_in(world)
    wrong = []
    pages = [row.split()[:2] for row in ROWS if "api:" not in row and "logout" not in row]
    for number, (method, name) in enumerate(pages):
        place = ELSEWHERE[number % len(ELSEWHERE)]
        given = dict.fromkeys(NAMES, place)
        send = lead.get if method == "get" else lead.post
        if leads_out(send(address(name, referral), given)):
            wrong.append(f"{method} {name} {place!r}")
    assert wrong == []


@pytest.mark.parametrize("place", ELSEWHERE)
def test_nobody_is_led_elsewhere_by_signing_in_or_by_choosing_a_desk(world, place):
    stranger = Client(raise_request_exception=False)
    with database.as_role("worker"):
        person = world.user("peel-cas")
        person.set_password("a-password-for-the-test")
        person.save(update_fields=["password"])
    stranger.get("/en/sign-in/", {"next": place})
    given = {"login": "peel-cas.worker", "password": "a-password-for-the-test", "next": place}
    signed = stranger.post(f"/en/sign-in/?next={quote(place)}", given)
    assert signed.status_code == 302
    assert not leads_out(signed)
    lead = signed_in(world)
    answer = lead.post("/en/desk/act/", {"desk": "peel-cas", "next": place})
    assert answer.status_code == 302
    assert not leads_out(answer)
    assert not leads_out(lead.get(quote(f"/{place}")))
    control = lead.post("/en/desk/act/", {"desk": "peel-cas", "next": "/en/cases/"})
    assert control["Location"] == "/en/cases/", "control: it goes on to a page of ours"


def test_no_address_reaches_a_file(world):
    lead, wrong = signed_in(world), []
    for up in UP:
        for before in (
            "/static/",
            "/en/cases/import/",
            "/en/cases/",
            "/en/help/",
            "/api/v1/imports/",
            "/",
        ):
            answer = lead.get(before + up)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            if answer.status_code not in {301, 302, 400, 404} or b"root:" in body:
                wrong.append(f"{before}{up}: {answer.status_code}")
    assert wrong == []


def test_no_header_is_split(world):
    referral = world.referral("ottawa")
    lead, wrong = signed_in(world), []
    for value in SPLIT:
        for name in ("referrals:box", "coordination:team_card"):
            answer = lead.get(address(name, referral), {"next": value, "sort": value, "q": value})
            wrong += [name for each in answer.headers if each.lower() in {"x-evil", "location"}]
            wrong += [name for each in answer.cookies if each == "evil"]
        head = {"X-Request-ID": value, "Idempotency-Key": value, "Accept-Language": value}
        answer = lead.get("/en/help/", headers=head)
        wrong += [value for each in answer.headers.values() if "\n" in each or "\r" in each]
        assert answer.status_code < 500
    assert wrong == []


@pytest.mark.parametrize("value", SPLIT)
def test_no_mail_gains_a_header_from_a_persons_name_or_address(world, value):
    person = world.user("peel-cas")
    person.first_name = person.last_name = value
    mail = mailing.message(person, key="00000000-0000-0000-0000-000000000000")
    sent = email.message_from_bytes(mail.message().as_bytes(), policy=policy.default)
    assert "Set-Cookie" not in sent
    person.email = f"x@agency.example{value[1:]}"
    mail = mailing.message(person, key="00000000-0000-0000-0000-000000000000")
    if "\n" in value:
        with pytest.raises(ValueError, match="newlines"):
            mail.message()
    assert not User.objects.filter(email__contains="\n").exists()
