"""A step of the machine: the worker passes on what nobody holds, where nobody works any more."""

from django.utils import timezone

from referrals.actions import leaving
from tests import database
from tests.properties.leads import LeadSteps, tally


class LeaverSteps(LeadSteps):
    """Rules of `NoGap`; people come and go in `come_and_go`."""

    def pass_on(self, data):
        now = timezone.now()
        with database.as_role("worker"):
            leaving.pass_on(at=now)
        entries = self.leads.pass_on(now)
        tally["passed on"] += len(entries)
        self._expect(entries, own=True)
        for h in self.oracle.handoffs[-5:]:
            self._compare_handoff(h)
        for r in self.oracle.referrals[-10:]:
            self._compare(r)
