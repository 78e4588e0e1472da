"""The demo's activity: through the real actions, marked in the record, and nothing drifts."""

import pytest
from django.core.management import call_command
from django.utils import timezone

from audit.models import Entry
from audit.verbs import Verb
from referrals import drift
from referrals.seed import seed
from tests import database

pytestmark = pytest.mark.slow


def test_seeding_is_marked_proved_and_without_drift(transactional_db):
    with database.as_role("worker"):
        call_command("load_network", "--demo", verbosity=0)
        for _ in seed(count=60, now=timezone.now()):
            pass
        referrals = Entry.objects.filter(subject__startswith="referral:")
        assert set(referrals.values_list("source", flat=True)) == {"seed"}
        assert referrals.filter(verb=Verb.REFERRAL_SENT).count() == 60
        assert not referrals.filter(occurred_at__gt=timezone.now()).exists()
        assert list(drift.drifted()) == []
        call_command("verify_record")
