"""
The model of who takes over where nobody works any more, without a database.

Like the oracle beside it, it imports nothing of Relay.
"""

import datetime as dt
from collections.abc import Iterable, Iterator

from tests.properties.oracle import Case, Entry, Line, Referral
from tests.properties.oracle_leads import HELD, Handoff, Leads


class Leavers(Leads):
    """What a desk held goes to its team's duty desk, or stays where nobody else may have it."""

    def pass_on(self, now: dt.datetime) -> list[Entry]:
        """Return the entries of it all, in order: what people worked on, then desk by desk."""
        gone = [desk for desk in self.oracle.desks if not self.oracle.staffed(desk)]
        entries: list[Entry] = []
        for desk in gone:
            entries += self._unassign(desk, now)
        for desk in gone:
            entries += self._pass_on_desk(desk, now)
        return entries

    def _unassign(self, desk: str, now: dt.datetime) -> Iterator[Entry]:
        for r in self.oracle.referrals:
            boxes = [box for d, _side, box in self.oracle.lines(r, now) if d == desk]
            if desk in r.assignee and boxes and boxes[0] != "closed":
                del r.assignee[desk]
                yield "referral.assigned", r.subject, None

    def _pass_on_desk(self, desk: str, now: dt.datetime) -> Iterable[Entry]:
        duty = self.oracle.duty[self.oracle.desks[desk].team]
        heir = duty if duty != desk and self.oracle.staffed(duty) else None
        held = [
            r for r in self.oracle.referrals
            if r.accepting == desk and r.status in {*HELD, "returning"}
        ]  # fmt: skip
        for r in held:
            yield from self._held(r, desk, heir)
        waiting = [
            r for r in self.oracle.referrals
            if r.status in {"sent", "questioned"} and r.until > now
            and desk in r.lines and r.lines[desk].state == "asked" and not r.lines[desk].declined
        ]  # fmt: skip
        for r in waiting:
            yield from self._waiting(r, desk, heir)
        for h in self.oracle.handoffs:
            if h.status == "proposed" and desk in h.standing(now):
                yield from self._offered(h, desk, heir, now)
        for case in self.oracle.cases:
            if case.lead == desk and case.status != "closed" and heir:
                yield from self._led(case, heir, now)

    def _may_have(self, r: Referral, heir: str | None) -> bool:
        if heir is None or not self._inside(r.audience, heir):
            return False
        return r.to[0] != "desk" or not self.oracle.asked_already(
            r.case, r.services, ("desk", heir)
        )

    def _inside(self, audience: Iterable[str], desk: str) -> bool:
        found = self.oracle.desks[desk]
        return self.oracle.includes(list(audience), found.kind, police=found.police)

    def _say(self, r: Referral, name: str) -> Entry:
        r.version += 1
        return f"referral.{name}", r.subject, r.version

    def _held(self, r: Referral, desk: str, heir: str | None) -> Iterator[Entry]:
        if heir is None or not self._may_have(r, heir):
            return
        if heir == r.sender:
            if r.status != "returning":
                yield self._say(r, "given_back")
            r.status, r.accepting, r.accepted_at = "returned", None, None
            r.responsible = r.sender
            r.lines[desk] = Line("closed", declined=True)
            yield self._say(r, "taken_back")
            return
        self._address(r, desk, heir, "holds")
        r.accepting = r.responsible = heir
        yield self._say(r, "passed_on")

    def _waiting(self, r: Referral, desk: str, heir: str | None) -> Iterator[Entry]:
        if [each for each in self._asked(r) if each != desk]:
            r.lines[desk] = Line("lost", declined=True)
            yield self._say(r, "stepped_aside")
        elif heir is not None and self._may_have(r, heir):
            if heir == r.sender:
                r.status, r.questions = "declined", ()
                r.lines[desk] = Line("closed", declined=True)
                yield self._say(r, "declined")
            else:
                self._address(r, desk, heir, "asked")
                yield self._say(r, "passed_on")

    @staticmethod
    def _address(r: Referral, desk: str, heir: str, state: str) -> None:
        if r.to[0] == "desk":
            r.to = ("desk", heir)
        r.lines[desk], r.lines[heir] = Line("lost", declined=True), Line(state)
        r.assignee.pop(heir, None)

    def _offered(
        self, h: Handoff, desk: str, heir: str | None, now: dt.datetime
    ) -> Iterator[Entry]:
        others = [each for each in h.standing(now) if each != desk]
        if not others and (heir is None or not self._inside(h.audience, heir)):
            return
        h.version += 1
        if not others and heir == h.sender:
            h.status, h.answered_at = "declined", now
            yield "handoff.declined", h.subject, h.version
            return
        h.offers[desk] = False
        if others:
            yield "handoff.stepped_aside", h.subject, h.version
            return
        h.offers[str(heir)] = True
        h.to = ("desk", str(heir)) if h.to[0] == "desk" else h.to
        yield "handoff.passed_on", h.subject, h.version

    def _led(self, case: Case, heir: str, now: dt.datetime) -> Iterator[Entry]:
        offer = self.offer(case)
        if offer:
            offer.status, offer.answered_at = "withdrawn", now
            offer.version += 1
            yield "handoff.withdrawn", offer.subject, offer.version
        yield from self.move(case, case.lead, heir, now, "passed_on")
