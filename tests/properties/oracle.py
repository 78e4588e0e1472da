"""
What Relay promises, said a second time: a small model in dicts and sets, without a database.

It imports nothing of Relay. The table, the boxes and the refusals are written again by hand, from
DESIGN sections 4 to 7, so that a slip in the code and one in the model would have to be the same.
"""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

NOT_ALLOWED, WRONG_STATUS, STALE, INVALID = "NotAllowed", "WrongStatus", "Stale", "Invalid"
WORKING = {"worker", "lead"}
SENDER, RECEIVER, HISTORY = "sender", "receiver", "history"

_TABLE = """
send                draft                           sent        sender           sent
ask                 sent                            questioned  receiver         asked
answer              questioned                      sent        sender           answered
accept              sent,questioned                 accepted    receiver         accepted
undo_accept         accepted                        sent        receiver         accept_undone
decline             sent,questioned                 declined    receiver         declined
withdraw            draft,sent,questioned           withdrawn   sender           withdrawn
confirm_contact     accepted,waitlisted,in_service  =           sender,receiver  contact_confirmed
start               accepted,waitlisted             in_service  receiver         started
waitlist            accepted                        waitlisted  receiver         waitlisted
complete            accepted,in_service             completed   receiver         completed
request_withdrawal  accepted,waitlisted,in_service  =           sender           withdrawal_requested
confirm_withdrawal  accepted,waitlisted,in_service  withdrawn   receiver         withdrawal_confirmed
give_back           accepted,waitlisted,in_service  returning   receiver         given_back
take_back           returning                       returned    sender           taken_back
reopen              completed                       in_service  receiver         reopened
reroute             declined,withdrawn,returned     =           sender           rerouted
resolve             declined,withdrawn,returned     =           sender           resolved
"""


@dataclass(frozen=True)
class Rule:
    verb: str
    sources: frozenset[str]
    target: str
    sides: frozenset[str]
    entry: str


RULES = {
    verb: Rule(verb, frozenset(sources.split(",")), to, frozenset(sides.split(",")), entry)
    for verb, sources, to, sides, entry in (line.split() for line in _TABLE.strip().splitlines())
}
VERBS = tuple(RULES)

SENDERS_BOX = {
    "draft": "drafts",
    "sent": "sent",
    "questioned": "needs_action",
    "accepted": "sent",
    "waitlisted": "sent",
    "in_service": "sent",
    "returning": "needs_action",
    "returned": "needs_action",
    "declined": "needs_action",
    "withdrawn": "needs_action",
    "completed": "closed",
}
BOXES = ("inbox", "waiting", "active", "sent", "needs_action", "drafts", "closed")
LIVE = {"draft", "sent", "questioned", "accepted", "waitlisted", "in_service", "returning"}
NOTHING_LEFT = {"no_longer_needed", "sent_in_error", "consent_withdrawn", "found_elsewhere"}
CONSENTS = {"express_informed", "express_limited", "substitute"}
UNDO, REOPEN = dt.timedelta(minutes=10), dt.timedelta(days=14)
CALL, LONGEST_WAIT = dt.timedelta(hours=24), dt.timedelta(days=90)


@dataclass
class Desk:
    slug: str
    agency: str
    kind: str
    team: str | None
    police: bool
    services: frozenset[str]


@dataclass
class Person:
    name: str
    seats: dict[str, str]
    """Desk -> role, of the seats in force."""

    active: bool = True


@dataclass
class Case:
    reference: str
    lead: str
    status: str = "open"
    version: int = 1
    consents: list["Consent"] = field(default_factory=list)


@dataclass
class Consent:
    kind: str
    services: frozenset[str]
    audience: frozenset[str]
    until: dt.datetime
    withdrawn: bool = False

    def covers(self, services: Collection[str], audience: Collection[str]) -> bool:
        needs = not self.services or (bool(services) and set(services) <= self.services)
        return needs and set(audience) <= self.audience


@dataclass
class Line:
    """What one desk that was sent a referral has of it: asked, holds, closed or lost."""

    state: str = "asked"
    declined: bool = False


@dataclass
class Referral:
    case: Case
    sender: str
    to: tuple[str, str]
    services: tuple[str, ...]
    writer: str
    basis: str
    audience: tuple[str, ...]
    until: dt.datetime
    reference: str = ""
    status: str = "draft"
    version: int = 1
    responsible: str = ""
    accepting: str | None = None
    lines: dict[str, Line] = field(default_factory=dict)
    consent: Consent | None = None
    basis_ended: bool = False
    history: set[str] = field(default_factory=set)
    """Who leads the case now, where somebody else sent this: it is over, and only read."""

    assignee: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    questions: tuple[str, ...] = ()
    contact: set[str] = field(default_factory=set)
    withdrawing: str = ""
    was_sent: bool = False
    settled: bool = False
    accepted_at: dt.datetime | None = None
    completed_at: dt.datetime | None = None
    doors: int = 1
    before: "Referral | None" = None

    @property
    def external(self) -> bool:
        return self.to[0] in {"agency", "province"}

    @property
    def subject(self) -> str:
        return f"referral:{self.reference}"


Entry = tuple[str, str, int | None]


class Oracle:
    def __init__(self, desks: Collection[Desk], people: Collection[Person]) -> None:
        self.desks = {desk.slug: desk for desk in desks}
        self.people = {person.name: person for person in people}
        self.agencies: dict[str, tuple[str, bool]] = {}
        self.duty: dict[str, str] = {}
        self.cases: list[Case] = []
        self.referrals: list[Referral] = []
        self.handoffs: list[Any] = []
        self.turn = 0

    # Who sees what

    def reach(self, person: Person) -> set[str]:
        """Return the desks whose cases and referrals the person reaches."""
        if not person.active:
            return set()
        return {desk for desk, role in person.seats.items() if role in WORKING}

    def works_at(self, person: Person, desk: str) -> bool:
        return desk in self.reach(person)

    def staffed(self, desk: str) -> bool:
        return any(self.works_at(person, desk) for person in self.people.values())

    def lines(self, r: Referral, now: dt.datetime) -> Iterator[tuple[str, str, str]]:
        """Yield (desk, side, box) for each desk that has the referral in a worklist now."""
        yield r.sender, SENDER, self._senders_box(r)
        for desk, line in r.lines.items():
            if line.state == "asked" and r.until > now:
                yield desk, RECEIVER, "waiting" if r.status == "questioned" else "inbox"
            elif line.state == "holds":
                yield desk, RECEIVER, "active"
            elif line.state == "closed":
                yield desk, RECEIVER, "closed"
        for desk in r.history:
            yield desk, HISTORY, "closed"

    def _senders_box(self, r: Referral) -> str:
        if r.settled:
            return "closed"
        if r.external and r.status == "sent":
            return "needs_action"
        return SENDERS_BOX[r.status]

    def boxes(self, person: Person, now: dt.datetime) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {box: set() for box in BOXES}
        reach = self.reach(person)
        for r in self.referrals:
            for desk, _side, box in self.lines(r, now):
                if desk in reach and (r.status != "draft" or r.writer == person.name):
                    found[box].add(r.reference)
        return found

    def sees(self, person: Person, r: Referral, now: dt.datetime) -> bool:
        if r.status == "draft" and r.writer != person.name:
            return False
        reach = self.reach(person)
        return any(desk in reach for desk, _side, _box in self.lines(r, now))

    def case_access(self, case: Case, now: dt.datetime) -> Iterator[tuple[str, str, bool]]:
        """Yield (desk, source, may open the page) for each reason to read the case."""
        yield case.lead, f"case:{case.reference}", True
        for r in self.referrals:
            if r.case is case:
                for desk, line in r.lines.items():
                    if line.state == "holds" or (line.state == "asked" and r.until > now):
                        yield desk, r.subject, line.state == "holds" and not r.basis_ended
        for h in self.handoffs:
            if h.case is case:
                yield from h.case_access(now)

    def reads_case(self, person: Person, case: Case, now: dt.datetime, *, page: bool) -> bool:
        """Tell whether a person reads a case, or opens its page; that closes with the basis."""
        reach, over = self.reach(person), {r.subject for r in self.referrals if r.until <= now}
        return any(
            desk in reach and (not page or (opens and source not in over))
            for desk, source, opens in self.case_access(case, now)
        )

    # What is allowed

    def side(self, r: Referral, desk: str, now: dt.datetime) -> str | None:
        if desk == r.sender:
            return SENDER
        if desk == r.accepting:
            return RECEIVER
        line = r.lines.get(desk)
        return RECEIVER if line and line.state == "asked" and r.until > now else None

    def verbs(self, r: Referral, person: Person, desk: str, now: dt.datetime) -> list[str]:
        side = self.side(r, desk, now)
        if side is None or not self.works_at(person, desk):
            return []
        return [v for v in VERBS if self._has(v, r, side) and self._is_open(v, r, side, now)]

    def _has(self, verb: str, r: Referral, side: str) -> bool:
        """Tell whether the verb is this side's; of an external contact the sender reports all."""
        sides = RULES[verb].sides
        return side in sides or (r.external and side == SENDER and verb != "ask")

    def _is_open(self, verb: str, r: Referral, side: str, now: dt.datetime) -> bool:
        if r.status not in RULES[verb].sources:
            return False
        match verb:
            case "accept":
                may = {"express_informed", "express_limited", "substitute", "legal_duty"}
                return r.basis in may and r.until > now
            case "undo_accept":
                late = r.accepted_at is None or now > r.accepted_at + UNDO
                touched = r.contact or r.withdrawing or r.basis_ended or r.until <= now
                return not late and not touched
            case "reopen":
                late = r.completed_at is None or now > r.completed_at + REOPEN
                return not late and r.until > now and not r.basis_ended
            case "waitlist":
                return r.until > now and not r.basis_ended
            case "confirm_contact":
                return side not in r.contact
            case "request_withdrawal":
                return not r.withdrawing
            case "confirm_withdrawal":
                return bool(r.withdrawing)
            case "reroute" | "resolve":
                return r.was_sent and not r.settled
        return True

    def refusal(
        self,
        verb: str,
        r: Referral,
        person: Person,
        desk: str,
        now: dt.datetime,
        *,
        version: int | None,
        args: dict[str, object],
    ) -> str | None:
        """Return the name of the refusal that this must meet, or None if it must happen."""
        if not self.works_at(person, desk):
            return NOT_ALLOWED
        works = any(d == desk and side != HISTORY for d, side, _box in self.lines(r, now))
        if not works or not self.sees(person, r, now):
            return WRONG_STATUS if desk in r.lines else NOT_ALLOWED
        side = self.side(r, desk, now)
        if side is not None and not self._has(verb, r, side):
            return NOT_ALLOWED
        if side is None:
            return WRONG_STATUS if desk in r.lines else NOT_ALLOWED
        if not self._is_open(verb, r, side, now):
            return WRONG_STATUS
        if version is not None and version != r.version:
            return STALE
        return INVALID if self._is_invalid(verb, r, now, args) else None

    def _is_invalid(
        self, verb: str, r: Referral, now: dt.datetime, args: dict[str, object]
    ) -> bool:
        match verb:
            case "send":
                call = args.get("agreed_by_phone_at")
                bad_call = call is not None and not now - CALL <= call <= now
                taken_back = r.consent is not None and r.consent.withdrawn
                return bad_call or taken_back or self.receivers(r, now) is None
            case "ask":
                return not args["questions"]
            case "answer":
                return set(args["answers"]) != set(r.questions)
            case "decline":
                return args["reason"] == "other"
            case "waitlist":
                return not now < args["review_at"] <= now + LONGEST_WAIT
            case "complete":
                return set(args["outcomes"]) != set(r.services)
            case "reopen":
                gone = r.case.status == "closed" or r.case.lead != r.sender
                return gone or self.asked_already(r.case, r.services, r.to)
            case "reroute":
                rests = r.consent is None or (not r.consent.withdrawn and r.consent.until > now)
                return r.basis_ended or not rests or self.next_door_is_closed(r, args["to"], now)
        return False

    def includes(self, audience: Collection[str], kind: str, *, police: bool) -> bool:
        return kind in audience and (not police or "police" in audience)

    def receivers(self, r: Referral, now: dt.datetime) -> list[str] | None:
        """Return the desks that a sending reaches now, or None where it is refused."""
        if r.basis in {"not_yet", "withdrawn"} or r.until <= now or not r.audience:
            return None
        kind, name = r.to
        if kind == "province":
            return []
        if kind == "agency":
            agency_kind, police = self.agencies[name]
            return [] if self.includes(r.audience, agency_kind, police=police) else None
        reached = []
        for desk in self.desks.values():
            if not self.staffed(desk.slug) or desk.team is None:
                continue
            if not self.includes(r.audience, desk.kind, police=desk.police):
                continue
            if kind == "desk":
                fits = desk.slug == name
            else:
                wanted = desk.services.intersection(r.services) or self.duty[name] == desk.slug
                fits = desk.team == name and desk.slug != r.sender and bool(wanted)
            if fits:
                reached.append(desk.slug)
        return reached or None

    def asked_already(self, case: Case, services: Collection[str], to: tuple[str, str]) -> bool:
        return any(
            r.case is case and r.to == to and r.status in LIVE and set(services) & set(r.services)
            for r in self.referrals
        )

    def next_door_is_closed(self, r: Referral, to: tuple[str, str], now: dt.datetime) -> bool:
        earlier: Referral | None = r
        while earlier is not None:
            if to[0] == "desk" and to[1] in earlier.lines and earlier.lines[to[1]].declined:
                return True
            earlier = earlier.before
        if to == ("desk", r.sender) or self.asked_already(r.case, r.services, to):
            return True
        return self.receivers(self.following(r, to, r.writer), now) is None

    def rest_on(
        self, case: Case, kind: str, services: Collection[str], audience: Collection[str],
        until: dt.datetime, now: dt.datetime,
    ) -> Consent | None:  # fmt: skip
        """Return the newest consent that allows this, recorded where there is none; of no other."""
        if kind not in CONSENTS:
            return None
        for each in reversed(case.consents):
            stands = not each.withdrawn and each.until > now and until <= each.until
            if stands and each.kind == kind and each.covers(services, audience):
                return each
        case.consents.append(Consent(kind, frozenset(services), frozenset(audience), until))
        return case.consents[-1]

    def following(self, r: Referral, to: tuple[str, str], writer: str) -> Referral:
        return Referral(
            r.case, r.sender, to, r.services, writer, r.basis, r.audience, r.until,
            responsible=r.sender, doors=r.doors + 1, before=r,
        )  # fmt: skip

    # What happens

    def apply(
        self, verb: str, r: Referral, person: Person, desk: str, now: dt.datetime,
        args: dict[str, object],
    ) -> list[Entry]:  # fmt: skip
        """Make the move, and return the entries that the record must have for it, in order."""
        if verb == "decline" and any(
            line.state == "asked" for d, line in r.lines.items() if d != desk
        ):
            r.lines[desk] = Line("lost", declined=True)
            return self._entry("stepped_aside", r)
        side, rule = self.side(r, desk, now), RULES[verb]
        if rule.target != "=":
            r.status = rule.target
        getattr(self, f"_{verb}")(r, desk, side, now, args)
        return self._entry(rule.entry, r)

    def _entry(self, name: str, r: Referral) -> list[Entry]:
        r.version += 1
        return [(f"referral.{name}", r.subject, r.version)]

    def _send(self, r, desk, side, now, args) -> None:
        r.was_sent = True
        r.lines = {desk: Line() for desk in self.receivers(r, now) or []}

    def _ask(self, r, desk, side, now, args) -> None:
        r.questions = tuple(dict.fromkeys(args["questions"]))

    def _answer(self, r, desk, side, now, args) -> None:
        r.questions = ()

    def _accept(self, r, desk, side, now, args) -> None:
        r.accepted_at, r.questions = now, ()
        if side == RECEIVER:
            r.accepting = r.responsible = desk
            for line in r.lines.values():
                line.state = "lost" if line.state == "asked" else line.state
            r.lines[desk].state = "holds"

    def _undo_accept(self, r, desk, side, now, args) -> None:
        self._back(r)
        for asked, line in r.lines.items():
            back = line.state in {"holds", "lost"} and not line.declined and asked != r.sender
            line.state = "asked" if back else line.state

    def _decline(self, r, desk, side, now, args) -> None:
        r.questions = ()
        if side == RECEIVER:
            r.lines[desk] = Line("closed", declined=True)

    def _withdraw(self, r, desk, side, now, args) -> None:
        r.questions = ()
        r.settled = args["reason"] in NOTHING_LEFT or not r.was_sent
        for line in r.lines.values():
            if line.state == "asked":  # what ended with the basis stays ended
                line.state = "closed" if r.until > now else "lost"

    def _confirm_contact(self, r, desk, side, now, args) -> None:
        r.contact |= {SENDER, RECEIVER} if r.external else {side}

    def _start(self, r, desk, side, now, args) -> None:
        pass

    _waitlist = _start

    def _complete(self, r, desk, side, now, args) -> None:
        r.completed_at, r.withdrawing = now, ""
        self._close_holder(r)

    def _request_withdrawal(self, r, desk, side, now, args) -> None:
        r.withdrawing = args["reason"]

    def _confirm_withdrawal(self, r, desk, side, now, args) -> None:
        r.settled = r.withdrawing in NOTHING_LEFT
        self._close_holder(r)
        self._back(r)

    def _give_back(self, r, desk, side, now, args) -> None:
        r.withdrawing = ""

    def _take_back(self, r, desk, side, now, args) -> None:
        self._close_holder(r, declined=True)
        self._back(r)

    def _reopen(self, r, desk, side, now, args) -> None:
        r.completed_at = None
        if r.accepting:
            r.lines[r.accepting].state = "holds"

    def _reroute(self, r, desk, side, now, args) -> None:
        r.settled = True

    _resolve = _reroute

    def _close_holder(self, r: Referral, *, declined: bool = False) -> None:
        if r.accepting:
            line = r.lines[r.accepting]
            line.state, line.declined = "closed", line.declined or declined

    def _back(self, r: Referral) -> None:
        r.responsible, r.accepting, r.accepted_at = r.sender, None, None

    def jump(self, by: dt.timedelta) -> None:
        """Let time pass: everything that was said lies further back."""
        for r in self.referrals:
            r.until -= by
            r.accepted_at = r.accepted_at and r.accepted_at - by
            r.completed_at = r.completed_at and r.completed_at - by
        for h in self.handoffs:
            h.until -= by
            h.answered_at = h.answered_at and h.answered_at - by
        for case in self.cases:
            for consent in case.consents:
                consent.until -= by
