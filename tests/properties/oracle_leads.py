"""
The model of who leads: cases from opening to closing, and hand-offs, without a database.

Like the oracle beside it, it imports nothing of Relay.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.properties.oracle import (
    INVALID,
    LIVE,
    NOT_ALLOWED,
    NOTHING_LEFT,
    RECEIVER,
    REOPEN,
    SENDER,
    STALE,
    WRONG_STATUS,
    Case,
    Consent,
    Entry,
    Line,
    Oracle,
    Person,
    Referral,
)

READS_ON = dt.timedelta(days=30)
LONGEST_FOLLOW_UP = dt.timedelta(days=180)
ENDED = {"declined", "withdrawn", "returned"}
HELD = {"accepted", "waitlisted", "in_service"}

# verb -> the statuses it leads out of, what it makes of them, its entry
CASE_VERBS = {
    "follow_up": ({"open"}, "follow_up", "followed_up"),
    "resume": ({"follow_up"}, "open", "resumed"),
    "close": ({"open", "follow_up"}, "closed", "closed"),
    "enter_in_error": ({"open", "follow_up"}, "closed", "entered_in_error"),
    "reopen": ({"closed"}, "open", "reopened"),
}
ANSWERS = {"accept": RECEIVER, "decline": RECEIVER, "withdraw": SENDER}


@dataclass
class Handoff:
    case: Case
    sender: str
    to: tuple[str, str]
    type: str
    until: dt.datetime
    audience: tuple[str, ...]
    offers: dict[str, bool] = field(default_factory=dict)
    """Desk -> whether its offer still stands: it ends by stepping aside, or as another accepts."""

    reference: str = ""
    status: str = "proposed"
    version: int = 1
    accepting: str | None = None
    answered_at: dt.datetime | None = None
    consent: Consent | None = None
    cut: bool = False
    """All that it gave of the case was ended: the case should not have been."""

    @property
    def external(self) -> bool:
        return self.to[0] in {"agency", "province"}

    @property
    def subject(self) -> str:
        return f"handoff:{self.reference}"

    def standing(self, now: dt.datetime) -> list[str]:
        return [desk for desk, stands in self.offers.items() if stands and self.until > now]

    def seen_by(self, now: dt.datetime) -> set[str]:
        return {self.sender, *self.standing(now)}

    def case_access(self, now: dt.datetime) -> Iterator[tuple[str, str, bool]]:
        if self.cut:
            return
        if self.status == "proposed":
            for desk in self.standing(now):
                yield desk, self.subject, False
        elif self.status == "accepted" and self.accepting:
            if self.type == "shared":
                if self.until > now:
                    yield self.accepting, self.subject, True
            elif self.answered_at + READS_ON > now:
                yield self.sender, self.subject, True


class Leads:
    def __init__(self, oracle: Oracle) -> None:
        self.oracle = oracle

    def of(self, case: Case) -> list[Referral]:
        return [r for r in self.oracle.referrals if r.case is case]

    def offer(self, case: Case) -> Handoff | None:
        found = [h for h in self.oracle.handoffs if h.case is case and h.status == "proposed"]
        return found[0] if found else None

    # Cases

    def case_refusal(
        self, verb: str, case: Case, person: Person, desk: str, version: int | None
    ) -> str | None:
        if not self.oracle.works_at(person, desk) or desk != case.lead:
            return NOT_ALLOWED
        if case.status not in CASE_VERBS[verb][0]:
            return WRONG_STATUS
        return STALE if version is not None and version != case.version else None

    def is_over(self, case: Case) -> bool:
        open_still = any(
            r.status in LIVE or (r.status in ENDED and not r.settled) for r in self.of(case)
        )
        return not open_still and self.offer(case) is None

    def needs(self, case: Case, person: Person, now: dt.datetime) -> set[str]:
        """Return what an outcome is asked for: whatever was sent, as far as the lead sees it."""
        return {
            service
            for r in self.of(case)
            if r.was_sent and self.oracle.sees(person, r, now)
            for service in r.services
        }

    def case_verb(
        self, verb: str, case: Case, person: Person, desk: str, now: dt.datetime
    ) -> list[Entry]:
        entries: list[Entry] = []
        if verb == "enter_in_error":
            entries = self._end_all(case, person, desk, now)
            if any(r.status in HELD and r.accepting for r in self.of(case)):
                return entries
            for h in self.oracle.handoffs:
                h.cut = h.cut or h.case is case
        case.status, case.version = CASE_VERBS[verb][1], case.version + 1
        return [*entries, (f"case.{CASE_VERBS[verb][2]}", f"case:{case.reference}", case.version)]

    def _end_all(self, case: Case, person: Person, desk: str, now: dt.datetime) -> list[Entry]:
        entries: list[Entry] = []
        offer = self.offer(case)
        if offer:
            entries += self.answer("withdraw", offer, desk, now)
        for r in self.of(case):
            for verb in self._ending(r):
                entries += self.oracle.apply(
                    verb, r, person, desk, now, {"reason": "sent_in_error"}
                )
        return entries

    @staticmethod
    def _ending(r: Referral) -> list[str]:
        if r.status in {"draft", "sent", "questioned"}:
            return ["withdraw"]
        if r.status == "returning":
            return ["take_back", "resolve"]
        if r.status in HELD:
            asks = [] if r.withdrawing else ["request_withdrawal"]
            if not r.external:
                return asks
            is_left = r.withdrawing and r.withdrawing not in NOTHING_LEFT
            return [*asks, "confirm_withdrawal", *(["resolve"] if is_left else [])]
        return ["resolve"] if r.status in ENDED and not r.settled else []

    # Consents

    def take_back_refusal(
        self, consent: Consent, case: Case, person: Person, desk: str, now: dt.datetime
    ) -> str | None:
        if not self.oracle.works_at(person, desk) or desk != case.lead:
            return NOT_ALLOWED
        return WRONG_STATUS if consent.withdrawn or consent.until <= now else None

    def take_back(self, consent: Consent, case: Case, now: dt.datetime) -> list[Entry]:
        consent.withdrawn = True
        entries: list[Entry] = []
        for r in self.of(case):
            if r.consent is not consent or r.basis_ended or r.sender != case.lead:
                continue
            recent = r.status == "completed" and r.completed_at + REOPEN > now
            if not (r.status in {"sent", "questioned", "returning", *HELD} or recent):
                continue
            lapses = r.status in {"sent", "questioned"}
            r.basis_ended, r.version = True, r.version + 1
            if lapses:
                r.status, r.questions = "returned", ()
                for line in r.lines.values():
                    line.state = "lost" if line.state == "asked" else line.state
            entry = "lapsed" if lapses else "basis_ended"
            entries.append((f"referral.{entry}", r.subject, r.version))
        for h in self.oracle.handoffs:
            if h.consent is consent and h.status == "proposed":
                h.status, h.answered_at, h.version = "lapsed", now, h.version + 1
                h.offers = dict.fromkeys(h.offers, False)
                entries.append(("handoff.lapsed", h.subject, h.version))
            h.cut = h.cut or (h.consent is consent and h.type == "shared")
        return [*entries, ("consent.withdrawn", f"case:{case.reference}", None)]

    # Hand-offs

    def propose_refusal(
        self,
        case: Case,
        person: Person,
        desk: str,
        to: tuple[str, str],
        basis: str,
        reached: list[str] | None,
    ) -> str | None:
        if not self.oracle.works_at(person, desk) or desk != case.lead:
            return NOT_ALLOWED
        sound = case.status != "closed" and to != ("desk", desk) and reached is not None
        carries = basis == "express_informed"
        return None if sound and carries and self.offer(case) is None else INVALID

    def answer_refusal(
        self,
        verb: str,
        h: Handoff,
        person: Person,
        desk: str,
        now: dt.datetime,
        *,
        version: int | None,
        reason: str,
    ) -> str | None:
        if not self.oracle.works_at(person, desk):
            return NOT_ALLOWED
        if desk not in h.seen_by(now):
            return WRONG_STATUS
        side = SENDER if desk == h.sender else RECEIVER
        if ANSWERS[verb] != side and not (h.external and side == SENDER):
            late = h.status != "proposed" and desk in h.offers
            return WRONG_STATUS if late else NOT_ALLOWED
        if h.status != "proposed":
            return WRONG_STATUS
        if version is not None and version != h.version:
            return STALE
        if verb == "accept" and h.until <= now:
            return WRONG_STATUS
        return INVALID if verb == "decline" and reason == "other" else None

    def answer(self, verb: str, h: Handoff, desk: str, now: dt.datetime) -> list[Entry]:
        others = [d for d in h.standing(now) if d != desk]
        h.version += 1
        if verb == "decline" and others:
            h.offers[desk] = False
            return [("handoff.stepped_aside", h.subject, h.version)]
        past = {"accept": "accepted", "decline": "declined", "withdraw": "withdrawn"}[verb]
        h.status, h.answered_at = past, now
        entries: list[Entry] = [(f"handoff.{past}", h.subject, h.version)]
        if verb != "accept" or h.external:
            return entries
        h.accepting = desk
        for other in others:
            h.offers[other] = False
        if h.type == "shared":
            return entries
        return entries + self.move(h.case, h.sender, desk, now, "handed_over")

    def move(self, case: Case, former: str, lead: str, now: dt.datetime, why: str) -> list[Entry]:
        """Let another desk lead, and be the sender of what is open; say so in this order."""
        case.lead, case.version = lead, case.version + 1
        entries: list[Entry] = [(f"case.{why}", f"case:{case.reference}", case.version)]
        for r in self.of(case):
            recent = r.status == "completed" and r.completed_at + REOPEN >= now
            unsettled = r.status in ENDED and not r.settled
            recent = recent and r.accepting != lead
            if r.sender != former or not (r.status in LIVE or unsettled or recent):
                continue
            r.version += 1
            if self._ends_with_it(r, lead):
                self._end(r, lead)
                entries.append(("referral.withdrawn", r.subject, r.version))
            elif r.to == ("desk", lead):
                r.settled = True
                entries.append(("referral.resolved", r.subject, r.version))
            else:
                self._give(r, former, lead)
                entries.append(("referral.handed_over", r.subject, r.version))
        desk = self.oracle.desks[lead]
        for r in self.of(case):
            over = r.status not in LIVE and r.sender != lead
            shared = self.oracle.includes(r.audience, desk.kind, police=desk.police)
            anew = over and shared and not r.basis_ended and r.until > now
            r.history = {lead} if anew else r.history & {lead}
        return entries

    @staticmethod
    def _asked(r: Referral) -> list[str]:
        return [d for d, line in r.lines.items() if not line.declined and d != r.sender]

    def _ends_with_it(self, r: Referral, lead: str) -> bool:
        if r.status == "draft":
            return True
        if r.to == ("desk", lead) or r.accepting == lead:
            return r.status in LIVE
        return r.status in {"sent", "questioned"} and self._asked(r) == [lead]

    def _end(self, r: Referral, lead: str) -> None:
        held = r.accepting is not None or r.status in {*HELD, "returning"}
        for desk in [lead] if held else self._asked(r):
            if desk in r.lines:
                r.lines[desk].state = "lost"
        r.status = "returned" if r.status == "returning" else "withdrawn"
        r.settled, r.questions, r.withdrawing = True, (), "handed_off"
        r.responsible, r.accepting, r.accepted_at = r.sender, None, None

    def _give(self, r: Referral, former: str, lead: str) -> None:
        is_asked = lead in self._asked(r)
        r.sender = lead
        r.responsible = lead if r.responsible == former else r.responsible
        if is_asked and r.status in {"sent", "questioned"}:
            r.lines[lead] = Line("lost", declined=True)
