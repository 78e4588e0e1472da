"""
The story in a real browser: a worker in Windsor sends a referral to Ottawa, where it is accepted,
served and closed with outcomes.

In both languages, with and without JavaScript, at a desk and on a phone; every page on the way is
given to axe, must not scroll sideways and must not break the content security policy.
"""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

from audit import followers
from cases.actions.notes import Words
from coordination.models import User
from tests import database
from tests.ends import FAR
from tests.referrals.test_handoffs import propose

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip(
        "NO BROWSER: the journeys are skipped. Install chromium (apt install chromium) to run them.",
        allow_module_level=True,
    )

PASSWORD = "a-password-for-the-browser"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SHOTS = Path(__file__).resolve().parent.parent / ".screenshots"


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    # Playwright's loop runs in this thread; Django then refuses the database without this.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def people(world):
    """Let everybody of the world, and of Windsor, sign in with one password."""
    world.team("windsor", "west")
    with database.as_role("worker"):
        for user in User.objects.all():
            user.set_password(PASSWORD)
            user.save(update_fields=["password"])
    return world


class Visitor:
    def __init__(self, page, url, language, name):
        self.page, self.url, self.language, self.name = page, url, language, name
        self.complaints = []
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _listen(self, message):
        # That a form was answered with 422, or a stranger with 404, is what the test asks for.
        expected = (
            "Failed to load resource: the server responded with",
            "Clear-Site-Data header on",
        )
        if not message.text.startswith(expected):
            self.complaints.append(message.text)

    def sign_in(self, username):
        self.page.goto(f"{self.url}/{self.language}/sign-in/")
        self.page.fill("#id_login", username)
        self.page.fill("#id_password", PASSWORD)
        self.page.click("main button")
        self.page.wait_for_url("**/inbox/")

    def press(self, selector):
        found = self.page.locator(selector).locator("visible=true")
        more = self.page.locator(".actbar summary")
        if not found.count() and more.is_visible():  # the rest of the bar of a phone
            more.click()
        with self.page.expect_navigation():
            found.first.click()

    def choose(self, field, code):
        self.page.check(f'input[name="{field}"][value="{code}"]')

    def look(self, what):
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= self.page.viewport_size["width"], f"{what} scrolls sideways: {width}"
        if os.environ.get("SCREENSHOTS"):
            SHOTS.mkdir(exist_ok=True)
            self.page.screenshot(path=SHOTS / f"{self.name}-{what}.png", full_page=True)


@contextmanager
def visiting(chromium, live_relay, language="en", width=1366, *, scripts=True):
    context = chromium.new_context(
        viewport={"width": width, "height": 768}, java_script_enabled=scripts
    )
    context.set_default_timeout(10_000)  # milliseconds
    name = f"{language}-{width}-{'js' if scripts else 'plain'}"
    visitor = Visitor(context.new_page(), live_relay.url, language, name)
    try:
        yield visitor
        assert visitor.complaints == []
    finally:
        context.close()


def fill_new_referral(visitor):
    visitor.choose("urgency", "urgent")
    visitor.choose("services", "emergency_shelter")
    visitor.choose("age_band", "18_20")
    visitor.choose("gender_identity", "woman_girl")
    visitor.choose("situation", "left_recently")
    visitor.choose("basis", "express_informed")
    visitor.choose("consent_form", "spoken")


STORIES = [
    ("en", 1366, True),
    ("fr", 1366, False),
    ("en", 390, False),
    ("fr", 390, True),
]


@pytest.mark.parametrize(("language", "width", "scripts"), STORIES)
def test_a_referral_travels_from_windsor_to_ottawa_and_ends_with_outcomes(
    chromium, live_relay, people, language, width, scripts
):
    with visiting(chromium, live_relay, language, width, scripts=scripts) as windsor:
        windsor.sign_in("windsor-cas.worker")
        windsor.page.goto(f"{windsor.url}/{language}/referrals/new/one-page/")
        fill_new_referral(windsor)
        windsor.press('form:has(input[name="key"]) button')
        summary = windsor.page.locator(".errsum")
        assert summary.count() == 1, "nobody was chosen to send it to"
        assert windsor.page.is_checked('input[value="emergency_shelter"]'), "what was typed is kept"
        windsor.look("error")
        windsor.page.select_option('select[name="to"]', "desk:ottawa-cas")
        windsor.press('form:has(input[name="key"]) button')
        windsor.page.wait_for_url("**/referrals/*-*/sent/")
        windsor.look("confirmation")
        windsor.press(".btnrow a.ontario-button--primary")
        reference = windsor.page.locator("h1 .code").inner_text()
        assert "windsor-cas" in responsible(windsor)
        windsor.look("sent")
        address = windsor.page.url

        with visiting(chromium, live_relay, language, width, scripts=scripts) as ottawa:
            ottawa.sign_in("ottawa-cas.worker")
            ottawa.look("inbox")
            ottawa.page.locator("a.code", has_text=reference).click()
            ottawa.page.wait_for_url("**/referrals/*-*/")
            ottawa.look("referral")
            ottawa.press('form[action$="/accept/"] button')
            assert "ottawa-cas" in responsible(ottawa)
            ottawa.look("accepted")
            windsor.page.goto(address)
            assert "ottawa-cas" in responsible(windsor), "responsibility moved"
            ottawa.press('form[action$="/start/"] button')
            ottawa.page.goto(f"{ottawa.page.url.partition('?')[0]}complete/")
            ottawa.choose("emergency_shelter", "connected")
            ottawa.look("outcomes")
            ottawa.press("main form button.ontario-button--primary")
            ottawa.look("completed")

        windsor.page.goto(address)
        assert windsor.page.locator(".resp").count() == 0, "it is over"
        windsor.look("completed")
        until_told(windsor, language)
        windsor.look("notifications")

        with visiting(chromium, live_relay, language, width, scripts=scripts) as stranger:
            stranger.sign_in("north-cas.worker")
            answer = stranger.page.goto(address)
            assert answer.status == 404


@pytest.mark.parametrize(("language", "width", "scripts"), [("en", 1366, True), ("fr", 390, False)])
def test_a_case_is_handed_from_peel_to_ottawa_and_closed_there(
    chromium, live_relay, people, language, width, scripts
):
    case = people.case()
    page_of = f"cases/{case.reference[:4]}-{case.reference[4:]}/"
    with visiting(chromium, live_relay, language, width, scripts=scripts) as peel:
        peel.sign_in("peel-cas.worker")
        peel.page.goto(f"{peel.url}/{language}/{page_of}hand-off/")
        for field, code in (
            ("type", "warm"),
            ("reason", "survivor_moved"),
            ("basis", "express_informed"),
            ("consent_form", "spoken"),
            ("audience", "cas"),
        ):
            peel.page.check(f"[name={field}][value={code}]")
        peel.page.select_option("[name=to]", value="desk:ottawa-cas")
        peel.page.fill("[name=until]", FAR)
        peel.page.check("[name=consent_confirmed]")
        peel.page.check("[name=safety_plan_reviewed]")
        peel.page.fill("[name=words]", "Call 416-555-0123")
        peel.page.click("main form button.ontario-button--primary")
        assert peel.page.locator(".errsum").count() == 1
        assert peel.page.input_value("[name=words]") == "Call 416-555-0123"
        peel.look("hand-off-refused")
        peel.page.fill("[name=words]", "Needs a ride from the stop.")
        peel.page.click("main form button.ontario-button--primary")
        peel.page.wait_for_url("**/handoffs/*/")
        offer = peel.page.url.partition(f"/{language}/")[2]
        peel.look("hand-off-proposed")
    with visiting(chromium, live_relay, language, width, scripts=scripts) as ottawa:
        ottawa.sign_in("ottawa-cas.worker")
        ottawa.page.goto(f"{ottawa.url}/{language}/{offer}accept/")
        ottawa.page.click("main form button.ontario-button--primary")
        ottawa.page.wait_for_url(f"**/{offer}")
        ottawa.page.goto(f"{ottawa.url}/{language}/{page_of}close/")
        ottawa.page.check("[name=reason][value=goals_met]")
        ottawa.page.click("main form button.ontario-button--primary")
        ottawa.page.wait_for_url(f"**/{page_of}")
        ottawa.look("case-closed")
    with database.as_role("worker"):
        case.refresh_from_db()
        assert (case.status, case.lead_desk.slug) == ("closed", "ottawa-cas")


def responsible(visitor):
    return visitor.page.locator(".resp").inner_text()


def until_told(visitor, language):
    """The notice is made by a real worker: look again until it is there."""
    words = {"en": "was accepted", "fr": "a été accepté"}[language]
    for _ in range(40):
        visitor.page.goto(f"{visitor.url}/{language}/notifications/")
        if visitor.page.locator(".notices li", has_text=words).count():
            return
        visitor.page.wait_for_timeout(250)
    raise AssertionError("nobody was told")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(chromium, live_relay, people, language):
    referral = people.referral()
    people.referral("ottawa", sender="north-cas")
    shown = f"{referral.reference[:4]}-{referral.reference[4:]}"
    case = f"{referral.case.reference[:4]}-{referral.case.reference[4:]}"
    offered = propose(people, referral.case, words=Words("Needs a ride from the stop.")).reference
    offer = f"handoffs/{offered[:4]}-{offered[4:]}"
    of_receiver = [
        "inbox/",
        "inbox/active/",
        "inbox/?urgency=urgent&sort=newest",
        "inbox/closed/?service=dental",
        "handover/",
        f"referrals/{shown}/print/",
        f"referrals/{shown}/",
        f"referrals/{shown}/ask/",
        f"referrals/{shown}/decline/",
        f"referrals/{shown}/note/",
        "handoffs/",
        f"{offer}/",
        f"{offer}/accept/",
        f"{offer}/decline/",
        "notifications/?tab=all",
        "referrals/new/",
        "referrals/new/one-page/",
        "directory/",
        "directory/?service=dental&region=north",
        "directory/peel-cas/",
        "directory/teams/peel/",
        "directory/phones/",
        "help/",
        "accessibility/",
        "privacy/",
        "account/",
        "account/tokens/",
        "desk/",
    ]
    of_sender = [
        "cases/",
        f"cases/{case}/",
        f"cases/{case}/recorded/",
        f"referrals/{shown}/withdraw/",
        f"cases/{case}/refer/",
        *(f"cases/{case}/{verb}/" for verb in ("change", "follow-up", "close", "note", "hand-off")),
        f"{offer}/withdraw/",
    ]
    with visiting(chromium, live_relay, language) as visitor:
        for username, pages in (
            ("ottawa-cas.worker", of_receiver),
            ("peel-cas.worker", of_sender),
        ):
            visitor.page.context.clear_cookies()
            visitor.page.goto(f"{visitor.url}/{language}/sign-in/")
            assert_accessible_at_every_width(visitor, "sign-in")
            visitor.sign_in(username)
            for page in pages:
                answer = visitor.page.goto(f"{visitor.url}/{language}/{page}")
                assert answer.status == 200, page
                assert_accessible_at_every_width(visitor, page)


def assert_accessible_at_every_width(visitor, page):
    """A page is loaded once, and made narrower; axe looks at it each time."""
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()
    for width in (1366, 390, 320):
        visitor.page.set_viewport_size({"width": width, "height": 768})
        assert_accessible(axe, visitor, f"{page} at {width}")
        axe = Axe(axe_script="")  # it is in the page now
    visitor.page.set_viewport_size({"width": 1366, "height": 768})


def assert_accessible(axe, visitor, page):
    found = axe.run(visitor.page).response["violations"]
    told = [(each["id"], [node["html"][:200] for node in each["nodes"]][:3]) for each in found]
    assert told == [], f"{page} at {visitor.name}"
    width = visitor.page.evaluate("document.documentElement.scrollWidth")
    assert width <= visitor.page.viewport_size["width"], f"{page} at {visitor.name}: {width}"


def test_leaving_quickly_ends_the_session_and_back_shows_nothing(chromium, live_relay, people):
    with visiting(chromium, live_relay) as visitor:
        visitor.sign_in("peel-cas.worker")
        visitor.press("a.exit")
        assert "Relay" not in visitor.page.title()
        visitor.page.go_back()
        visitor.page.wait_for_url("**/sign-in/**")


def test_counts_grow_while_a_page_stands_open(chromium, live_relay, people):
    with visiting(chromium, live_relay) as visitor:
        visitor.page.clock.install()
        visitor.sign_in("ottawa-cas.worker")
        assert visitor.page.locator(".nav .count").count() == 0
        people.referral()
        with database.as_role("worker"):
            followers.drain("notify")
        with visitor.page.expect_response("**/counts/"):
            visitor.page.clock.fast_forward(61_000)
        assert visitor.page.locator(".nav > .wrap > ul .count-inbox .count").inner_text()[0] == "1"
        assert (
            visitor.page.locator(".nav > .wrap > ul .count-notices .count").inner_text()[0] == "1"
        )
        assert visitor.complaints == []


def test_a_double_click_sends_once(chromium, live_relay, people):
    with visiting(chromium, live_relay) as visitor:
        visitor.sign_in("peel-cas.worker")
        visitor.page.goto(f"{visitor.url}/en/referrals/new/one-page/")
        fill_new_referral(visitor)
        visitor.page.select_option('select[name="to"]', "desk:ottawa-cas")
        visitor.page.locator('form:has(input[name="key"]) button').dblclick()
        visitor.page.wait_for_url("**/referrals/*-*/sent/")
        visitor.page.goto(f"{visitor.url}/en/inbox/sent/")
        assert visitor.page.locator("tr.row").count() == 1


class Clicker:
    """A person with a mouse: counts clicks, and types nothing."""

    def __init__(self, visitor):
        self.visitor, self.clicks = visitor, 0

    def click(self, selector):
        self.visitor.page.locator(selector).locator("visible=true").first.click()
        self.clicks += 1

    def pick(self, name, code):
        self.click(f'label:has(input[name="{name}"][value="{code}"])')


@pytest.mark.parametrize(("language", "width", "scripts"), STORIES)
def test_the_wizard_takes_at_most_14_clicks_and_no_typing(
    chromium, live_relay, people, language, width, scripts
):
    with visiting(chromium, live_relay, language, width, scripts=scripts) as visitor:
        visitor.sign_in("peel-cas.worker")
        hand = Clicker(visitor)
        hand.click('a[href$="/referrals/new/"]')
        visitor.page.wait_for_url("**/referrals/new/")
        visitor.look("wizard-need")
        hand.pick("urgency", "urgent")
        hand.pick("services", "emergency_shelter")
        onward = "#step .ontario-button--primary"
        hand.click(onward)
        visitor.page.wait_for_url("**/person/")
        visitor.look("wizard-person")
        hand.pick("age_band", "18_20")
        hand.pick("gender_identity", "woman_girl")
        hand.pick("situation", "left_recently")
        hand.pick("indigenous_led", "no")
        hand.click(onward)
        visitor.page.wait_for_url("**/sharing/")
        hand.pick("basis", "express_informed")
        hand.pick("consent_form", "spoken")
        visitor.look("wizard-sharing")
        hand.click('input[name="proposed"] >> nth=0')
        hand.click(onward)
        visitor.page.wait_for_url("**/check/")
        visitor.look("wizard-check")
        hand.click(onward)
        visitor.page.wait_for_url("**/sent/")
        visitor.look("wizard-sent")
        assert hand.clicks <= 14
        assert visitor.page.locator("#sent-code").inner_text()


def test_keys_act_on_lines_and_referrals_and_never_while_typing(chromium, live_relay, people):
    first, second = people.referral(urgency="immediate"), people.referral(urgency="planned")
    with visiting(chromium, live_relay) as visitor:
        visitor.sign_in("ottawa-cas.worker")
        page = visitor.page
        page.keyboard.press("j")
        assert focused(page) == f"{first.reference[:4]}-{first.reference[4:]}"
        page.keyboard.press("j")
        assert focused(page) == f"{second.reference[:4]}-{second.reference[4:]}"
        page.keyboard.press("k")
        page.keyboard.press("Enter")
        page.wait_for_url("**/referrals/*-*/")
        page.focus("#code")
        page.keyboard.type("a")
        assert page.input_value("#code") == "a", "typing is typing"
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("i")
        page.wait_for_url("**/ask/")
        page.go_back()
        page.keyboard.press("a")
        page.wait_for_selector(".notice--ok")
        assert "ottawa-cas" in responsible(visitor)
        page.keyboard.press("?")
        page.wait_for_url("**/help/#keys")
        page.goto(f"{visitor.url}/en/account/")
        page.uncheck('input[name="shortcuts"]')
        visitor.press('form[action$="/preferences/"] button')
        page.goto(f"{visitor.url}/en/inbox/")
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement === document.body")


def focused(page):
    return page.evaluate("document.activeElement.textContent.trim()")


def test_what_the_page_said_before_going_back_sends_nothing_twice(chromium, live_relay, people):
    """TRUST C9: back, and sent again."""
    with visiting(chromium, live_relay) as visitor:
        visitor.sign_in("peel-cas.worker")
        visitor.page.goto(f"{visitor.url}/en/referrals/new/one-page/")
        fill_new_referral(visitor)
        visitor.page.select_option('select[name="to"]', "desk:ottawa-cas")
        visitor.press('form:has(input[name="key"]) button')
        visitor.page.wait_for_url("**/sent/")
        code = visitor.page.locator("#sent-code").inner_text()
        visitor.page.go_back()
        if visitor.page.locator('select[name="to"]').count():
            fill_new_referral(visitor)
            visitor.page.select_option('select[name="to"]', "desk:ottawa-cas")
            visitor.press('form:has(input[name="key"]) button')
        visitor.page.goto(f"{visitor.url}/en/inbox/sent/")
        codes = visitor.page.locator("tr.row a.code").all_inner_texts()
        assert code in codes
