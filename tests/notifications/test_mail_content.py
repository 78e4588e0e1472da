"""
P12 of the fault matrix: whatever mail speaks of, its bytes say the same.

Every kind of notice is put before the mailer, with everything that the record could have said of it.
"""

import re

import pytest
from django.utils import timezone

from coordination import vocabularies
from coordination.models import Agency, Area, Desk, Team
from coordination.roles import Role
from notifications.kinds import KINDS
from notifications.models import Delivery, Notice
from tests import database
from tests.notifications.test_mail import addressed, sink, sweep  # noqa: F401  a fixture

WHO = ("ottawa-cas", Role.WORKER)
SAID = {"subject", "from", "to", "date", "message-id", "mime-version", "content-type"}
SAID |= {"auto-submitted"}
"""Every header there is; among them no List-Id, no Reply-To, no name of a server or a desk."""
ORDINARY = {"courriel", "open", "réponse"}
"""Words of the mail's own sentences that are labels somewhere too."""


def owe(person, referral, verb, number):
    """Owe mail about an entry of this verb, as the follower does."""
    now = timezone.now()
    common = {"entry_id": 10_000_000 + number, "recipient": person}
    Notice.objects.create(
        **common, verb=verb, reference=referral.reference, occurred_at=now, created_at=now
    )
    Delivery.objects.create(**common, due_at=now)


def words_of_the_network():
    """Return what could give something away: codes and labels, places, desks, people's names."""
    said = set()
    for name in vocabularies.names():
        for each in vocabularies.entries(name):
            said |= {each.code, each.en, each.fr}
    for model in (Agency, Area, Team):
        for each in model.objects.all():
            said |= {each.slug, each.name_en, each.name_fr}
    for slug, phone in Desk.objects.values_list("slug", "duty_phone"):
        said |= {slug, phone}
    return {text.lower() for text in said if len(text) > 3}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_mail_about_anything_says_nothing_of_it(world, sink, language):  # noqa: F811
    (person,) = addressed(world, WHO, language=language)
    referral = world.referral(case=world.case(needs=["peer_support"]))
    with database.as_role("worker"):
        Delivery.objects.all().delete()
    for number, verb in enumerate(KINDS):
        with database.as_role("worker"):
            owe(person, referral, str(verb), number)
        assert sweep() == 1, verb
    assert len(sink.taken) == len(KINDS)
    told = [
        (mail, *(mail.get_body((kind,)).get_content() for kind in ("plain", "html")))
        for mail in sink.taken
    ]
    assert {(mail["Subject"], text, html) for mail, text, html in told} == {
        (told[0][0]["Subject"], *told[0][1:])
    }
    mail, text, html = told[0]
    assert {name.lower() for name in mail} == SAID
    seen = re.sub(r"<[^>]*>", " ", html)
    whole = " ".join([str(mail["Subject"]), str(mail["From"]), text, seen]).lower()
    hits = {each for each in words_of_the_network() if re.search(rf"\b{re.escape(each)}\b", whole)}
    assert hits <= ORDINARY
    assert not re.search(r"\d", re.sub(r"https?://\S+", "", whole)), "no count, no time"
    assert not re.search(r"[a-z0-9]{4}-[a-z0-9]{4}\b", whole), "no code"
