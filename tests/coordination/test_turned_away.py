"""Who is signed out while a form is open, and who opens what is no page, is told what to do."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

PAGE = "/en/referrals/new/?step=needs"
UNSAVED = {"en": "nothing of it was stored", "fr": "rien n’en a été enregistré"}


def turned_away(referer, address="/en/referrals/7KQ4-M2XR/accept/"):
    answer = Client().post(address, {"note": "typed"}, headers={"Referer": referer})
    assert answer.status_code == 302
    return answer.url


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(world):
    signing_in = turned_away(f"http://testserver{PAGE}#field-note")
    asked = parse_qs(urlsplit(signing_in).query)
    assert (asked["next"], asked["unsent"]) == ([PAGE], ["1"])
    client, person = Client(), world.user("peel-cas")
    assert UNSAVED["en"] in client.get(signing_in).content.decode()
    french = client.get(signing_in.replace("/en/sign-in", "/fr/sign-in")).content.decode()
    assert UNSAVED["fr"] in french
    client.force_login(person)
    assert client.get(signing_in).url == PAGE


def test_only_a_form_that_was_lost_is_said_to_be(world):
    signing_in = Client().get(PAGE).url
    assert parse_qs(urlsplit(signing_in).query) == {"next": [PAGE]}
    assert UNSAVED["en"] not in Client().get(signing_in).content.decode()


@pytest.mark.parametrize("referer", ["", "https://elsewhere.example/en/", "http://[", "x"])
def test_a_page_of_somebody_else_is_never_led_to(world, referer):
    place = "/en/referrals/7KQ4-M2XR/accept/"
    assert parse_qs(urlsplit(turned_away(referer)).query)["next"] == [place]


@pytest.mark.parametrize(("language", "says"), [("en", "Nothing was done."), ("fr", "Rien n’a")])
def test_an_address_that_is_no_page_says_where_its_button_is(world, language, says):
    client = Client()
    client.force_login(world.user("peel-cas"))
    answer = client.get(f"/{language}/referrals/7KQ4-M2XR/accept/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert says in answer.content.decode()
