"""An import whose worker is killed again and again: no row is lost, and none becomes two cases."""

import random
import time

import pytest
from django.utils import timezone

from audit.models import Entry
from audit.verbs import Verb
from cases.actions.importing import check_import, start_import
from cases.models import Case, Import, Imported, ImportRow
from coordination.roles import Role
from tests import database

pytestmark = pytest.mark.slow

ROWS = 150
KILLS = 3
SETTLE_SECONDS = 150


def test_kills_of_the_worker_lose_and_double_no_row(world, live_relay):
    chance = random.Random(seed := random.randrange(10**6))
    print(f"seed {seed}")
    rows = [f"K{n},18_20,woman_girl,current,en" for n in range(ROWS)]
    head = "key,age_band,gender_identity,situation,service_language"
    with world.acting("peel-cas", Role.LEAD) as actor:
        content = "\n".join([head, *rows]).encode()
        made = check_import(actor=actor, content=content, at=timezone.now()).made
        start_import(importing=made, actor=actor, at=timezone.now())
    made_at_kills = []
    with database.as_role("worker"):
        for _ in range(KILLS):
            before = Case.objects.count()
            until = time.monotonic() + 15
            while Case.objects.count() == before < ROWS and time.monotonic() < until:
                time.sleep(0.02)
            time.sleep(chance.uniform(0, 0.6))
            live_relay.kill("worker")
            made_at_kills.append(Case.objects.count())
            live_relay.start_worker()
        until = time.monotonic() + SETTLE_SECONDS
        while Import.objects.get().status != "done" and time.monotonic() < until:
            time.sleep(0.2)
        assert Import.objects.get().status == "done"
        assert Case.objects.count() == ROWS
        assert Imported.objects.exclude(case=None).count() == ROWS
        assert Entry.objects.filter(verb=Verb.CASE_OPENED, source="import").count() == ROWS
        assert Entry.objects.filter(verb=Verb.IMPORT_FINISHED).count() == 1
        assert not ImportRow.objects.exists()
    assert any(0 < count < ROWS for count in made_at_kills), "some kills came in the middle"
    print(f"cases made at each kill: {made_at_kills}")
