"""
Pages of cases, of people, of the Office and of the privacy officer, in a real browser: axe finds
nothing, and nothing scrolls sideways on a desk, a phone or a very narrow phone. One server, one
browser; each page is loaded once a language, and made narrower.
"""

import datetime as dt
import os
import re
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from cases.actions.consents import ConsentGiven, record_consent
from cases.actions.importing import check_import
from coordination import agreements, holds, patterns, registers, reviews, vocabularies
from coordination.invitations import invite_person
from coordination.models import Agency
from coordination.roles import Role
from referrals.actions.answering import accept_referral
from tests import database
from tests.cases.test_importing import GOOD, csv
from tests.coordination.releases import release
from tests.coordination.test_overview import TIMES, figure
from tests.coordination.test_registers import ask
from tests.journeys.test_browser import SHOTS, chromium  # noqa: F401  a fixture
from tests.processes import Relay
from tests.referrals.test_handoffs import propose
from tests.referrals.test_life_cycle import act

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PEEL, OTTAWA, OFFICE = "peel-cas", "ottawa-cas", "office"
WIDTHS = (1366, 320, 390)
"""Axe runs at the last one; pictures are taken at the first and the last."""


WIDEST = """width => [...document.querySelectorAll('main *')]
  .filter(e => e.getBoundingClientRect().right > width).map(e => e.outerHTML.slice(0, 120)).slice(-2)"""
"""What of a page is wider than the window."""


@pytest.fixture
def web(world, tmp_path):
    """The web process alone: pages are looked at, nobody is told."""
    relay = Relay(tmp_path)
    relay.start_pages()
    yield relay
    relay.stop()


OF_A_PERSON = ("age_band", "gender_identity", "situation", "service_need", "safety_flag")
NEUTRAL = r"[A-Z0-9]{4}-[A-Z0-9]{4}|[a-z-]*|[0-9]{1,2}|[a-z-]+\.[a-z_]+|[0-9]{4}-[0-9]{2}-[0-9]{2}"
NEUTRAL += r"|20[0-9]{2}(-Q[1-4]|-[0-9]{2})?|[a-z]+_[a-z_]+"
"""
Part of an address: a code, a word, the number of a consent, a user name, a day; a period of the
statistics, and the name of a table or a service.
"""


def shown(thing):
    return f"{thing.reference[:4]}-{thing.reference[4:]}"


def filled(world):
    """Let something stand on every page, and return the pages by who reads them."""
    now, today = timezone.now(), timezone.localdate()
    case = world.case(age_band="12_15", needs=["peer_support"])
    lead, auditor = Role.LEAD, Role.AUDITOR
    with world.acting(PEEL) as actor:
        for days in (5, 90):
            given = ConsentGiven(
                "express_informed", ["cas", "health"], now + dt.timedelta(days), today, "spoken"
            )
            consent = record_consent(actor=actor, case=case, given=given, at=now)
    asked = ask(world, case)
    sent = world.referral(case=world.case())
    act(world, OTTAWA, accept_referral, sent)
    offered = propose(world, world.case())
    with world.acting(PEEL, lead) as actor:
        rows = csv(*GOOD, "A-9,18_20,x,current,fr,,,")
        imported = check_import(actor=actor, content=rows, at=now).made
    with world.acting(PEEL, Role.AGENCY_ADMIN) as actor:
        email = {"email": "jo@example.org", "language": "en", "link": str}
        seat = {"desk": world.desks[PEEL], "role": Role.WORKER}
        invite_person(actor=actor, at=now, **seat, **email)
    with database.as_role("worker"):
        reviews.open_review(agency=Agency.objects.get(slug=PEEL), at=now)
    with world.acting(OFFICE, auditor) as actor:
        holds.set_hold(actor=actor, of=case.reference, reason="litigation", at=now)
        breach = registers.enter_breach(actor=actor, kind="lost", received_on=today, at=now)
        process = registers.enter_process(
            actor=actor, instrument="summons", asked_by="court", asked=["record"], received_on=today,
            at=now,
        )  # fmt: skip
    with world.acting(OFFICE, Role.COORDINATOR) as actor:
        two = (world.desks[PEEL].agency, world.desks[OTTAWA].agency)
        agreements.set_agreement(
            actor=actor, agencies=two, urgency="urgent", target="within_2_h", at=now
        )
        patterns.add_pattern(
            actor=actor, regex=r"\bBX-\d{3}\b", answer="block", label_en="Wristband number",
            label_fr="Numéro de bracelet", finds="wears BX-123", passes="wears a coat", at=now,
        )  # fmt: skip
    release("2026-Q3", figure, times=TIMES)
    release("2026-Q2", figure)
    of = f"cases/{shown(case)}/"
    return {
        (PEEL, lead): [
            "cases/",
            of,
            f"{of}consents/new/",
            f"{of}consents/{consent.number}/withdraw/",
            f"{of}access/",
            f"{of}access/?begins=2026-01-01&ends=2026-12-31",
            f"{of}link/",
            f"{of}report/",
            f"{of}enter-in-error/",
            f"{of}asked/",
            f"{of}recorded/",
            f"{of}hand-off/",
            f"requests/{shown(asked)}/",
            f"cases/{shown(sent.case)}/",
            f"handoffs/{shown(offered)}/",
            "cases/import/",
            f"cases/import/{shown(imported)}/",
            "cases/export/",
            "privacy/retention/",
            "privacy/who-sees-what/",
            "status/",
            "notifications/mail/",
            "desk/capacity/",
            "desk/figures/",
            "start/",
        ],
        (PEEL, Role.AGENCY_ADMIN): [
            "start/",
            "admin/people/",
            f"admin/people/{PEEL}.worker/",
            f"admin/people/{PEEL}.worker/leave/",
            "admin/invite/",
            "admin/desks/",
            f"admin/desks/{PEEL}/",
            "admin/review/",
        ],
        (OFFICE, Role.COORDINATOR): [
            "start/",
            "agreements/",
            "help/identifiers/",
            "office/desks/",
            "office/overdue/",
            "office/unassigned/",
            f"office/desks/{PEEL}/remind/?about=slow",
            "office/overview/",
            "office/overview/central/",
            "office/overview/teams/peel/",
            "office/services/",
            "office/statistics/thresholds/",
            "office/statistics/",
            "office/statistics/about/",
            "office/statistics/2026-Q3/",
            "office/statistics/2026-Q3/flow/",
            "office/statistics/2026-Q3/take/",
            "office/statistics/2026-Q3/report/?purpose=planning",
            "office/reviews/",
            "status/",
            "admin/people/",
        ],
        (OFFICE, auditor): [
            "start/",
            "trace/",
            "privacy/retention/",
            "privacy/holds/",
            "privacy/registers/",
            "privacy/registers/process/",
            "privacy/registers/breach/",
            f"privacy/registers/process/{shown(process)}/",
            f"privacy/registers/breach/{shown(breach)}/",
        ],
    }


@contextmanager
def reading(browser, user):
    """A window in which this person is signed in."""
    client = Client()
    client.force_login(user)
    context = browser.new_context(viewport={"width": WIDTHS[0], "height": 768})
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "httpOnly": True}
    try:
        yield context, cookie
    finally:
        context.close()


KEPT = """async () => [
  ...Object.keys(localStorage), ...Object.keys(sessionStorage),
  ...(await indexedDB.databases()).map(each => each.name), ...(await caches.keys()),
  document.cookie.replace(/django_language=../, "")].filter(Boolean)"""
"""What a page left in the browser, but for the language; its cookies are not for scripts."""


def given_away(page, answer):
    """P13 of the fault matrix: yield what the browser keeps or shows of a page and should not."""
    title, path = page.title(), page.url.partition("/en/")[2] or page.url.partition("/fr/")[2]
    if re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}", title):
        yield f"a code in the title: {title}"
    told = {word.lower() for name in OF_A_PERSON for word in labels(name)}
    if found := told & {each.strip().lower() for each in re.split(r"[–:,()]", title)}:
        yield f"of a person in the title: {found}"
    for part in re.split(r"[/?&=]", path):
        if not re.fullmatch(NEUTRAL, part):
            yield f"in the address: {part}"
    if kept := page.evaluate(KEPT):
        yield f"kept in the browser: {kept}"
    if answer.headers.get("referrer-policy") != "same-origin":
        yield "the next site learns the address"
    if "no-store" not in answer.headers.get("cache-control", ""):
        yield "kept in the cache"


def labels(vocabulary):
    return [word for each in vocabularies.entries(vocabulary) for word in (each.en, each.fr)]


def test_every_page_of_cases_people_and_the_office_reads_well(chromium, web, world):  # noqa: F811
    from axe_playwright_python.sync_playwright import Axe

    axe, wrong, picture = Axe(), [], bool(os.environ.get("SCREENSHOTS"))
    for (desk, role), pages in filled(world).items():
        with reading(chromium, world.user(desk, role)) as (context, cookie):
            context.add_cookies([{**cookie, "url": web.url}])
            page = context.new_page()
            for language in ("en", "fr"):
                for path in pages:
                    answer = page.goto(f"{web.url}/{language}/{path}")
                    assert answer.status == 200, path
                    wrong += [f"{path} in {language}: {each}" for each in given_away(page, answer)]
                    name = (
                        f"{role}-{path.strip('/').replace('/', '_').partition('?')[0]}-{language}"
                    )
                    for width in WIDTHS:
                        page.set_viewport_size({"width": width, "height": 768})
                        found = page.evaluate("document.documentElement.scrollWidth")
                        if found > width:
                            said = page.evaluate(WIDEST, width)
                            wrong.append(f"{path} in {language} at {width} is {found} wide: {said}")
                        if picture and width != WIDTHS[1]:
                            SHOTS.mkdir(exist_ok=True)
                            page.screenshot(path=SHOTS / f"{name}-{width}.png", full_page=True)
                    for each in axe.run(page).response["violations"]:
                        nodes = [node["html"][:160] for node in each["nodes"]][:2]
                        wrong.append(f"{path} in {language}: {each['id']} {nodes}")
    assert wrong == []
