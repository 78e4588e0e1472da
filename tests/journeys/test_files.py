"""Cases come in by a file and leave by one, in a real browser: with scripts and without."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from coordination.roles import Role
from tests.journeys.test_browser import STORIES, assert_accessible, chromium, people, visiting

__all__ = ["chromium", "people"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FILE = """\
key,age_band,gender_identity,situation,service_language,needs,Remarks,Phone Number
A-1,18_20,woman_girl,left_recently,fr,emergency_shelter;dental,,
A-2,Moins de 12 ans,Homme ou garçon,Inconnu,Anglais,,,
A-3,18_20,woman_girl,nonsense,fr,,,
A-4,18_20,woman_girl,current,fr,,call 905-555-0188,
A-5,18_20,woman_girl,current,fr,,,905
"""


@pytest.mark.parametrize(("language", "width", "scripts"), [STORIES[0], STORIES[2], STORIES[3]])
def test_cases_come_in_by_a_file_and_leave_by_one(
    chromium, live_relay, world, language, width, scripts, request
):
    world.user("peel-cas", Role.LEAD)
    request.getfixturevalue("people")
    with visiting(chromium, live_relay, language, width, scripts=scripts) as lead:
        lead.sign_in("peel-cas.lead")
        lead.page.goto(f"{lead.url}/{language}/cases/")
        lead.press(f'a[href="/{language}/cases/import/"]')
        lead.look("import")
        check(lead, scripts)
        file = {"name": "x.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
        lead.page.set_input_files("[name=file]", file)
        lead.press("main form button")
        lead.look("import-checked")
        check(lead, scripts)
        lead.press("form[action$='/start/'] button")
        lead.look("import-running")
        for _turn in range(60):
            if not lead.page.locator("progress").count():
                break
            if not scripts:
                lead.press("main p a")
            lead.page.wait_for_timeout(500)
        assert lead.page.locator("main a.code").count() == 2
        lead.look("import-done")
        lead.page.goto(f"{lead.url}/{language}/cases/export/")
        lead.choose("purpose", "own_system")
        lead.choose("format", "xlsx")
        lead.look("export")
        check(lead, scripts)
        with lead.page.expect_download() as download:
            lead.page.click("main form button")
        assert download.value.suggested_filename.endswith(".xlsx")


def check(visitor, scripts):
    if scripts:
        assert_accessible(Axe(), visitor, visitor.page)
