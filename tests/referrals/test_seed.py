"""The demo's year: through the real actions, marked in the record, and nothing drifts."""

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from audit.models import Entry
from audit.verbs import Verb
from cases.models import Case
from cases.states import Status as CaseStatus
from coordination.access import addressable_desks
from coordination.models import GroupAction, WorkingGroup
from referrals import drift
from referrals.handoff_states import HandoffStatus
from referrals.models import FollowUp, Handoff, Referral, ReferralGrant
from referrals.seeding import chances
from referrals.seeding.year import seed
from referrals.states import TRANSITIONS, Box, Status
from tests import database

pytestmark = pytest.mark.slow

FILLED = {Box.INBOX, Box.WAITING, Box.ACTIVE, Box.CLOSED}


def test_the_year_is_marked_proved_and_without_drift(transactional_db):
    with database.as_role("worker"):
        call_command("load_network", "--demo", verbosity=0)
        with transaction.atomic():
            for _ in seed(count=1400, now=timezone.now()):
                pass
        entries = Entry.objects.filter(subject__startswith="referral:")
        assert set(entries.values_list("source", flat=True)) == {"seed"}
        assert entries.filter(verb=Verb.REFERRAL_SENT).count() >= 1200
        assert not entries.filter(occurred_at__gt=timezone.now()).exists()
        assert set(Referral.objects.values_list("status", flat=True)) == {str(s) for s in Status}
        assert Referral.objects.filter(doors__gte=3).exists()
        done = set(entries.values_list("verb", flat=True).distinct())
        assert {str(t.event) for t in TRANSITIONS.values()} <= done
        assert list(drift.drifted()) == []
        assert FollowUp.objects.filter(promised_by__lt=timezone.now()).count() == 1
        handoffs = Handoff.objects.all()
        assert {each.status for each in handoffs} == {str(status) for status in HandoffStatus}
        assert {each.type for each in handoffs} == set(chances.HANDOFF_TYPES)
        assert any(each.is_external for each in handoffs)
        ends = (chances.CORRIDOR[0], chances.CORRIDOR[-1])
        assert handoffs.filter(
            from_desk__team__slug=ends[0], accepting_desk__team__slug=ends[1]
        ).exists()
        assert {str(status) for status in CaseStatus} == set(
            Case.objects.values_list("status", flat=True)
        )
        for desk in addressable_desks():
            lines = ReferralGrant.objects.current().filter(group_id=desk.pk)
            assert set(lines.values_list("box", flat=True)) >= FILLED, desk.slug
        late = GroupAction.objects.open().filter(due_on__lt=timezone.localdate())
        assert (WorkingGroup.objects.count(), late.count()) == (2, 1)
        call_command("verify_record")
