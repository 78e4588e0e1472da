"""
The machine that drives all actions in random order, and compares the database with the oracle.

A step is one action of one person, allowed or not; the oracle says before whether it must happen
and with which refusal, and after what everybody must see.
"""

import datetime as dt

import psycopg
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from audit.verbs import READS
from cases.actions.opening import open_case
from cases.models import Case
from coordination.errors import Refused
from coordination.models import Agency, Desk, Membership, Team, User
from referrals import worklist
from referrals.actions import answering, assigning, contacting, following, sending, serving
from referrals.actions.drafting import BasisGiven, draft_referral
from referrals.allowed import allowed_verbs
from referrals.models import Referral
from referrals.states import Box
from referrals.targets import Province
from tests import database
from tests.properties import oracle as model
from tests.properties import oracle_leavers
from tests.properties.leads import tally
from tests.properties.leavers import LeaverSteps
from tests.world import FACTS, KINDS, SERVICES, World

ACTIONS = {
    verb: getattr(module, f"{verb}_referral")
    for module, verbs in {
        sending: ("send", "answer", "withdraw"),
        answering: ("ask", "accept", "undo_accept", "decline"),
        contacting: ("confirm_contact",),
        serving: ("start", "waitlist", "complete", "reopen", "give_back", "confirm_withdrawal"),
        following: ("request_withdrawal", "take_back", "reroute", "resolve"),
    }.items()
    for verb in verbs
}
DESKS = [f"{team}-{kind}" for team in ("peel", "ottawa", "north") for kind in KINDS]
TARGETS = [
    *(("desk", desk) for desk in DESKS),
    ("team", "ottawa"),
    ("team", "north"),
    ("agency", "far-health"),
    ("province", "qc"),
]
AUDIENCES = [("cas", "community_org", "health"), ("police", "cas", "community_org"), ("cas",)]
BASES = ["express_informed"] * 6 + ["deidentified_discussion", "not_yet"]
ENDS = [dt.timedelta(hours=2), *[dt.timedelta(days=60)] * 4]
JUMPS = [
    *[dt.timedelta(minutes=11)] * 3,
    *[dt.timedelta(hours=3)] * 2,
    dt.timedelta(days=1),
    dt.timedelta(days=15),
]
KINDS_OF_STEP = [
    *["open"] * 3,
    *["draft"] * 7,
    *["allowed_verb"] * 22,
    *["any_verb"] * 12,
    *["case_verb"] * 8,
    *["propose"] * 3,
    *["answer_offer"] * 6,
    *["take_back"] * 2,
    *["assign"] * 2,
    *["come_and_go"] * 2,
    *["pass_on"] * 2,
    *["jump"] * 1,
]
DECLINES = ["no_capacity", "outside_area", "other"]
FIXED = {
    "ask": {"questions": ["language", "transport"]},
    "confirm_contact": {"method": "phone"},
    "reopen": {"reason": "needed_again"},
    "give_back": {"reason": "capacity_lost"},
    "resolve": {"reason": "lost_contact"},
}
WITHDRAWALS = ["no_longer_needed", "no_answer", "safety"]


class NoGap(LeaverSteps, RuleBasedStateMachine):
    desks, targets, audiences, bases, ends = DESKS, TARGETS, AUDIENCES, BASES, ENDS
    connection = None

    @staticmethod
    def at_the_end():
        """What else is asked of all rows when a run is over."""

    @initialize()
    def begin(self):
        database.flush()  # what an earlier run left behind would be compared in every list again
        self.world = World()
        _furnish()
        self.oracle = _oracle()
        self.leads = oracle_leavers.Leavers(self.oracle)
        self.picked = 0
        self.connection = psycopg.connect(database.url("worker"), autocommit=True)
        self.last = self._one("select coalesce(max(id), 0) from audit_entry")

    def teardown(self):
        if self.connection is None:
            return
        try:
            self._compare_world()
            self.at_the_end()
        finally:
            self.connection.close()

    # Rules: one for all, so that their weights are ours

    @rule(kind=st.sampled_from(KINDS_OF_STEP), data=st.data())
    def step(self, kind, data):
        tally["rules"] += 1
        self.oracle.turn += 1
        getattr(self, kind)(data)

    def open(self, data):
        desk = data.draw(st.sampled_from(DESKS))
        person = self._person(desk)
        if not self.oracle.works_at(person, desk):
            return
        with self.world.acting(desk) as actor:
            case = open_case(actor=actor, facts=FACTS, at=timezone.now())
        self.oracle.cases.append(model.Case(case.reference, desk))
        self._expect([("case.opened", f"case:{case.reference}", 1)])

    def draft(self, data):
        """Write a referral, and mostly send it."""
        case = self._pick(self.oracle.cases, data)
        if case is None:
            return
        to = data.draw(st.sampled_from(TARGETS))
        audience = data.draw(st.sampled_from(AUDIENCES))
        basis = data.draw(st.sampled_from(BASES))
        ends = data.draw(st.sampled_from(ENDS))
        services = data.draw(st.sets(st.sampled_from(SERVICES), min_size=1, max_size=2))
        desk, services, now = case.lead, tuple(sorted(services)), timezone.now()
        person = self._person(desk)
        refused = None
        if not self.oracle.works_at(person, desk):
            refused = model.NOT_ALLOWED
        elif (
            case.status == "closed"
            or to == ("desk", desk)
            or self.oracle.asked_already(case, services, to)
        ):
            refused = model.INVALID

        def act():
            with self.world.acting(desk) as actor:
                return draft_referral(
                    actor=actor,
                    case=Case.objects.get(reference=case.reference),
                    to=_target(to),
                    services=services,
                    urgency="urgent",
                    basis=BasisGiven(basis, audience, now + ends, form="spoken"),
                    at=now,
                )

        made = self._try("draft", refused, act, needs_case=True)
        if made is None:
            return
        r = model.Referral(
            case, desk, to, services, person.name, basis, audience, now + ends, responsible=desk
        )
        r.reference = made.reference
        r.consent = self.oracle.rest_on(case, basis, services, audience, r.until, now)
        self.oracle.referrals.append(r)
        self._expect([("referral.drafted", r.subject, 1)])
        self._compare(r)
        if data.draw(st.integers(0, 4)):
            self._act("send", r, desk, data, version=1)

    def any_verb(self, data):
        """Anybody tries anything: mostly refused."""
        r = self._pick(self.oracle.referrals, data)
        if r is not None:
            verb = data.draw(st.sampled_from(list(ACTIONS)))
            desk = data.draw(st.sampled_from([*DESKS, r.sender, *r.lines]))
            stale = data.draw(st.integers(0, 9)) == 0
            self._act(verb, r, desk, data, version=0 if stale else None)

    def allowed_verb(self, data):
        """Somebody does what they may: this is what brings a referral further."""
        now = timezone.now()
        options = [
            (verb, r, desk)
            for r in self.oracle.referrals[-6:]
            for desk in sorted({r.sender, *r.lines})
            for verb in self.oracle.verbs(r, self._person(desk), desk, now)
            if self.oracle.sees(self._person(desk), r, now)
        ]
        if options:
            # Some verb first, then somebody who may: else the many that may withdraw would win.
            verb = data.draw(st.sampled_from(sorted({verb for verb, _r, _desk in options})))
            _verb, r, desk = data.draw(
                st.sampled_from([option for option in options if option[0] == verb])
            )
            self._act(verb, r, desk, data, version=r.version)

    def assign(self, data):
        r = self._pick(self.oracle.referrals, data)
        if r is None:
            return
        now, desk = timezone.now(), data.draw(st.sampled_from(sorted({r.sender, *r.lines})))
        person = self._person(desk)
        mine = desk in {d for d, _side, _box in self.oracle.lines(r, now)}
        if not (self.oracle.works_at(person, desk) and mine and self.oracle.sees(person, r, now)):
            return
        with self.world.acting(desk) as actor:
            referral = Referral.objects.get(reference=r.reference)
            assigning.assign_referral(
                referral=referral, actor=actor, to=self.world.user(desk), at=now
            )
        if r.assignee.get(desk) != person.name:
            r.assignee[desk] = person.name
            self._expect([("referral.assigned", r.subject, None)])
        self._compare(r)

    def come_and_go(self, data):
        """Somebody leaves, or all who left come back: never more than two are away."""
        away = [d for d in DESKS if not self.oracle.works_at(self._person(d), d)]
        if len(away) == 2 or (away and data.draw(st.booleans())):
            with database.as_role("worker"):
                User.objects.update(is_active=True)
                # Who comes back has a new seat: what was held at the last one is passed on already.
                Membership.objects.filter(role="worker").update(until=None, passed_on_at=None)
            for desk in away:
                person = self._person(desk)
                person.active, person.seats = True, {desk: "worker"}
            return
        desk = data.draw(st.sampled_from(DESKS))
        person, user = self._person(desk), self.world.user(desk)
        with database.as_role("worker"):
            if data.draw(st.booleans()):
                User.objects.filter(pk=user.pk).update(is_active=False)
                person.active = False
            else:
                Membership.objects.filter(user=user).update(until=timezone.now())
                person.seats = {}

    def jump(self, data):
        """Let time pass by moving what was said into the past: the clock is the database's."""
        by = data.draw(st.sampled_from(JUMPS))
        references = [r.reference for r in self.oracle.referrals]
        if not references:
            return
        sent = [r.subject for r in self.oracle.referrals]
        offered = [h.subject for h in self.oracle.handoffs]
        with database.as_superuser() as admin:
            admin.execute("set session_replication_role = replica")
            admin.execute(_JUMP_REFERRALS, {"by": by, "references": references})
            for table, column in (
                ("referrals_basis", "referral_id"),
                ("referrals_referralgrant", "content_object_id"),
            ):
                admin.execute(
                    f"update {table} set until = until - %(by)s where {column} in"
                    " (select id from referrals_referral where reference = any (%(references)s))",
                    {"by": by, "references": references},
                )
            admin.execute(
                "update referrals_referralgrant g set due_at = r.due_at from referrals_referral r"
                " where r.id = g.content_object_id and g.box <> 'closed'"
                " and r.reference = any (%(references)s)",
                {"references": references},
            )
            admin.execute(
                "update cases_casegrant set until = until - %(by)s, words_until = words_until - %(by)s"
                " where source = any (%(sources)s)",
                {"by": by, "sources": [*sent, *offered]},
            )
            for sql in _JUMP_HANDOFFS:
                admin.execute(sql, {"by": by, "sources": offered})
            cases = [case.reference for case in self.oracle.cases]
            admin.execute(_JUMP_CONSENTS, {"by": by, "references": cases})
        self.oracle.jump(by)

    # Steps

    def _act(self, verb, r, desk, data, *, version):
        now, person = timezone.now(), self._person(desk)
        args = self._arguments(verb, r, now, data)
        refused = self.oracle.refusal(verb, r, person, desk, now, version=version, args=args)
        given = {**args, "to": _target(args["to"])} if "to" in args else args

        def act():
            with self.world.acting(desk) as actor:
                referral = Referral(pk=self._key(r), status=r.status)
                return ACTIONS[verb](
                    referral=referral, actor=actor, at=now, version=version, **given
                )

        done = self._try(verb, refused, act)
        if done is None:
            self._expect([])
            return
        if verb == "reroute":
            new = self.oracle.following(r, args["to"], person.name)
            new.reference = done.reference
            new.consent = r.consent  # the same one: nobody agreed to anything new
            self.oracle.referrals.append(new)
            entries = [("referral.drafted", new.subject, 1)]
            entries += self.oracle.apply("send", new, person, desk, now, {})
            entries += self.oracle.apply(verb, r, person, desk, now, args)
            self._compare(new)
        else:
            entries = self.oracle.apply(verb, r, person, desk, now, args)
        self._expect(entries)
        self._compare(r)

    def _arguments(self, verb, r, now, data):
        draws = {
            "decline": lambda: {"reason": data.draw(st.sampled_from(DECLINES))},
            "withdraw": lambda: {"reason": data.draw(st.sampled_from(WITHDRAWALS))},
            "request_withdrawal": lambda: {"reason": data.draw(st.sampled_from(WITHDRAWALS))},
            "waitlist": lambda: {
                "review_at": now + dt.timedelta(days=data.draw(st.sampled_from([5, 100])))
            },
            "complete": lambda: {
                "outcomes": dict.fromkeys(
                    r.services if data.draw(st.integers(0, 5)) else (), "connected"
                )
            },
            "reroute": lambda: {"to": data.draw(st.sampled_from(TARGETS))},
            "answer": lambda: {"answers": dict.fromkeys(r.questions, "yes")},
        }
        return draws[verb]() if verb in draws else dict(FIXED.get(verb, {}))

    def _try(self, verb, refused, act, *, needs_case=False):
        """Act, and check that it was refused exactly as the oracle says, if it does."""
        tally["steps"] += 1
        try:
            done = act()
        except Refused as refusal:
            tally[f"refused {verb}"] += 1
            assert type(refusal).__name__ == refused, (verb, refusal, refused)
            return None
        except Case.DoesNotExist:
            assert needs_case
            assert refused == model.NOT_ALLOWED
            return None
        assert refused is None, f"{verb} had to be refused: {refused}"
        tally[f"done {verb}"] += 1
        return done

    # Comparisons

    def _expect(self, entries, *, own=False):
        """
        Compare what the record gained with what the oracle says, in order.

        `own`: only what it gained about cases, referrals and offers.
        """
        rows = self.connection.execute(
            "select id, verb, subject, version from audit_entry where id > %s"
            " and verb <> all (%s) order by id",
            [
                self.last,
                [str(verb) for verb in READS]
                + ["member.added", "access.refused", "consent.recorded"],
            ],
        ).fetchall()
        self.last = rows[-1][0] if rows else self.last
        mine = {f"case:{case.reference}" for case in self.oracle.cases}
        mine |= {each.subject for each in [*self.oracle.referrals, *self.oracle.handoffs]}
        found = [tuple(row[1:]) for row in rows if not own or row[2] in mine]
        assert found == entries, f"found {found}, expected {entries}"

    def _compare(self, r):
        """Compare one referral's row, lines, case access and verbs with the oracle."""
        row = self.connection.execute(_ROW, [r.reference]).fetchone()
        assert row == (
            r.status,
            r.version,
            r.responsible,
            r.accepting,
            r.settled,
            r.doors,
        ), r.reference
        now = timezone.now()
        lines = self.connection.execute(_LINES, [r.reference]).fetchall()
        assert sorted(lines) == sorted(self.oracle.lines(r, now)), r.reference
        self._compare_access(r.case)
        # One desk a step, by turns: each is asked again and again while a referral lives.
        asked = [r.sender, *sorted(r.lines)]
        self._compare_verbs(r, asked[tally["steps"] % len(asked)], now)

    def _compare_access(self, case):
        access = self.connection.execute(_ACCESS, [case.reference]).fetchall()
        assert sorted(access) == sorted(self.oracle.case_access(case, timezone.now()))

    def _compare_verbs(self, r, desk, now):
        person = self._person(desk)
        with self.world.acting(desk) as actor:
            found = Referral.objects.visible_to(actor).filter(reference=r.reference).first()
            assert (found is not None) == self.oracle.sees(person, r, now), (desk, r.reference)
            if found:
                expected = self.oracle.verbs(r, person, desk, now)
                assert sorted(allowed_verbs(found, actor, at=now)) == sorted(expected)

    def _compare_world(self):
        """Compare every list of three people, by turns, behind the walls of code and database."""
        own = {r.reference: r for r in self.oracle.referrals}
        cases = {case.reference: case for case in self.oracle.cases}
        tally["runs"] += 1
        for desk in DESKS[tally["runs"] % 3 :: 3]:
            person, now = self._person(desk), timezone.now()
            expected = self.oracle.boxes(person, now)
            seen = {ref for ref, r in own.items() if self.oracle.sees(person, r, now)}
            with self.world.acting(desk) as actor:
                if actor.desk_ids:
                    for box in Box:
                        page = worklist.page_of(actor, box, limit=1_000)
                        found = {each.reference for each in page.referrals}
                        assert found == expected[str(box)], (desk, box)
                visible = Referral.objects.visible_to(actor)
                assert {each.reference for each in visible} == seen
                bare = Referral.objects.all()
                assert {each.reference for each in bare} == seen, "row-level security alone"
                for page, rows in (
                    (False, Case.objects.readable_by(actor)),
                    (True, Case.objects.visible_to(actor)),
                ):
                    found = {each.reference for each in rows}
                    expected = {
                        ref
                        for ref, case in cases.items()
                        if self.oracle.reads_case(person, case, now, page=page)
                    }
                    assert found == expected, (desk, page, found - expected, expected - found)

    # Helpers

    def _person(self, desk):
        return self.oracle.people[f"{desk}.worker"]

    @staticmethod
    def _pick(options, data):
        """Return one of the latest: what began lately goes on."""
        latest = options[-10:]
        return latest[data.draw(st.integers(0, len(latest) - 1))] if latest else None

    @staticmethod
    def _target(to):
        return _target(to)

    def _key(self, r):
        return self._one("select id from referrals_referral where reference = %s", r.reference)

    def _one(self, sql, *values):
        return self.connection.execute(sql, values).fetchone()[0]


def _oracle():
    desks = [
        model.Desk(
            slug=f"{team}-{name}",
            agency=f"{team}-{name}",
            kind=kind,
            team=team,
            police=kind == "police",
            services=frozenset(SERVICES),
        )
        for team in ("peel", "ottawa", "north")
        for name, kind in KINDS.items()
    ]
    people = [model.Person(f"{desk.slug}.worker", {desk.slug: "worker"}) for desk in desks]
    made = model.Oracle(desks, people)
    made.agencies = {"far-health": ("health", False)}
    made.duty = {team: f"{team}-community" for team in ("peel", "ottawa", "north")}
    return made


def _target(to):
    kind, name = to
    if kind == "province":
        return Province(name)
    if kind == "team":
        return Team.objects.get(slug=name)
    if kind == "agency":
        return Agency.objects.get(slug=name)
    return Desk.objects.get(slug=name)


def _furnish():
    """Add what the machine needs beside the world: a contact that is not on Relay."""
    with database.as_role("worker"):
        Agency.objects.create(
            slug="far-health",
            kind="health",
            region="west",
            name_en="Far",
            name_fr="Loin",
            privacy_regime="phipa",
            source="directory",
        )


_ROW = """
select r.status, r.version, o.slug, a.slug, r.settled_at is not null, r.doors
from referrals_referral r join coordination_desk o on o.group_id = r.responsible_desk_id
left join coordination_desk a on a.group_id = r.accepting_desk_id where r.reference = %s
"""
_LINES = """
select d.slug, g.reason, g.box from referrals_referralgrant g
join referrals_referral r on r.id = g.content_object_id
join coordination_desk d on d.group_id = g.group_id
where r.reference = %s and (g.until is null or g.until > now())
"""
_ACCESS = """
select d.slug, g.source, g.opens_page from cases_casegrant g
join cases_case c on c.id = g.content_object_id
join coordination_desk d on d.group_id = g.group_id
where c.reference = %s and (g.until is null or g.until > now())
"""
_JUMP_HANDOFFS = (
    "update referrals_handoff set until = until - %(by)s, answered_at = answered_at - %(by)s"
    " where 'handoff:' || reference = any (%(sources)s)",
    "update referrals_handoffgrant set until = until - %(by)s where source = any (%(sources)s)",
)
_JUMP_CONSENTS = """
update cases_consent set until = until - %(by)s
where case_id in (select id from cases_case where reference = any (%(references)s))
"""
_JUMP_REFERRALS = """
update referrals_referral set sent_at = sent_at - %(by)s, accepted_at = accepted_at - %(by)s,
  completed_at = completed_at - %(by)s, need_since = need_since - %(by)s,
  due_at = due_at - %(by)s, settled_at = settled_at - %(by)s
where reference = any (%(references)s)
"""
