"""Steps of the machine about who leads: cases that close and open again, hand-offs, mistakes."""

import datetime as dt
from collections import Counter

from django.utils import timezone
from hypothesis import strategies as st

from cases.actions import leading
from cases.models import Case, Consent
from referrals.actions import closing, consenting, handing_off, mistakes
from referrals.actions.drafting import BasisGiven
from referrals.handoff_checks import Checked, Proposal
from referrals.handoff_moves import verbs_of
from referrals.models import Handoff
from tests.properties import oracle as model
from tests.properties import oracle_leads

CASE_ACTIONS = {
    "follow_up": leading.follow_up_case,
    "resume": leading.resume_case,
    "close": closing.close_case,
    "enter_in_error": mistakes.enter_case_in_error,
    "reopen": leading.reopen_case,
}
ANSWERS = {verb: getattr(handing_off, f"{verb}_handoff") for verb in oracle_leads.ANSWERS}
tally: Counter[str] = Counter()
"""What was done and what was refused, over all runs of the session."""

TYPES = ["warm", "standard", "emergency", "shared"]
CASE_STEPS = [
    *["follow_up"] * 3,
    *["resume"] * 6,
    *["close"] * 3,
    "enter_in_error",
    *["reopen"] * 5,
]
ANSWER_STEPS = [*["accept"] * 5, *["decline"] * 4, *["withdraw"] * 3]
CHECKED = Checked(consent_confirmed=True, safety_plan_reviewed=True)


class LeadSteps:
    """Rules of `NoGap`; the oracle of who leads is `self.leads`."""

    def case_verb(self, data):
        """The lead, and now and then somebody else, does something with a case."""
        verb = data.draw(st.sampled_from(CASE_STEPS))
        fit = [c for c in self.oracle.cases if c.status in oracle_leads.CASE_VERBS[verb][0]]
        case = self._pick(fit if data.draw(st.booleans()) else self.oracle.cases, data)
        if case is None:
            return
        desk = data.draw(st.sampled_from([*[case.lead] * 5, *self.desks]))
        person, now = self._person(desk), timezone.now()
        version = data.draw(st.sampled_from([None, None, None, case.version, 0]))
        refused = self.leads.case_refusal(verb, case, person, desk, version)
        given = {}
        if verb == "follow_up":
            days = data.draw(st.sampled_from([5, 200]))
            given["review_at"] = now + dt.timedelta(days=days)
            refused = refused or (model.INVALID if days > 180 else None)
        elif verb == "close":
            needs = self.leads.needs(case, person, now)
            said = needs if data.draw(st.integers(0, 4)) else {*needs, "legal_aid"}
            given = {"reason": "goals_met", "outcomes": dict.fromkeys(said, "connected")}
            fits = said == needs and self.leads.is_over(case)
            refused = refused or (None if fits else model.INVALID)
        elif verb == "enter_in_error":
            given["reason"] = "opened_by_mistake"

        def act():
            with self.world.acting(desk) as actor:
                row = Case(pk=self._case_key(case))
                return CASE_ACTIONS[verb](case=row, actor=actor, at=now, version=version, **given)

        if self._try(f"case {verb}", refused, act) is None:
            self._expect([])
            return
        self._expect(self.leads.case_verb(verb, case, person, desk, now))
        self._compare_case(case)

    def propose(self, data):
        case = self._pick([c for c in self.oracle.cases if c.status != "closed"], data)
        if case is None:
            return
        to, basis = data.draw(st.sampled_from(self.targets)), data.draw(st.sampled_from(self.bases))
        ends = data.draw(st.sampled_from(self.ends))
        audience = data.draw(st.sampled_from(self.audiences))
        desk = data.draw(st.sampled_from([*[case.lead] * 9, *self.desks]))
        kind = data.draw(st.sampled_from(TYPES))
        person, now = self._person(desk), timezone.now()
        asked = model.Referral(case, desk, to, (), person.name, basis, audience, now + ends)
        reached = self.oracle.receivers(asked, now)
        refused = self.leads.propose_refusal(case, person, desk, to, basis, reached)

        def act():
            with self.world.acting(desk) as actor:
                return handing_off.propose_handoff(
                    actor=actor,
                    case=Case(pk=self._case_key(case)),
                    to=self._target(to),
                    proposal=Proposal(
                        kind,
                        "survivor_moved",
                        BasisGiven(basis, audience, now + ends, form="spoken"),
                        CHECKED,
                    ),
                    at=now,
                )

        made = self._try("propose", refused, act)
        if made is None:
            self._expect([])
            return
        h = oracle_leads.Handoff(
            case,
            desk,
            to,
            kind,
            now + ends,
            audience,
            dict.fromkeys(reached, True),
            made.reference,
        )
        h.consent = self.oracle.rest_on(case, basis, (), audience, h.until, now)
        self.oracle.handoffs.append(h)
        self._expect([("handoff.proposed", h.subject, 1)])
        self._compare_handoff(h)

    def answer_offer(self, data):
        """Somebody answers an offer: mostly one that stands, mostly whoever may."""
        standing = [h for h in self.oracle.handoffs if h.status == "proposed"]
        h = self._pick(standing if data.draw(st.integers(0, 5)) else self.oracle.handoffs, data)
        if h is None:
            return
        verb = data.draw(st.sampled_from(ANSWER_STEPS))
        may = [h.sender] if verb == "withdraw" else [*h.offers, h.sender]
        desk = data.draw(st.sampled_from([*may * 5, *self.desks]))
        person, now = self._person(desk), timezone.now()
        version = data.draw(st.sampled_from([None, None, h.version, 0]))
        reason = data.draw(st.sampled_from([*["no_capacity"] * 3, "other"]))
        refused = self.leads.answer_refusal(
            verb, h, person, desk, now, version=version, reason=reason
        )
        given = {"decline": {"reason": reason}, "withdraw": {"reason": "safety"}}.get(verb, {})

        def act():
            with self.world.acting(desk) as actor:
                key = self._one(
                    "select id from referrals_handoff where reference = %s", h.reference
                )
                return ANSWERS[verb](
                    handoff=Handoff(pk=key), actor=actor, at=now, version=version, **given
                )

        if self._try(f"handoff {verb}", refused, act) is None:
            self._expect([])
            return
        self._expect(self.leads.answer(verb, h, desk, now))
        self._compare_handoff(h)
        for r in self.leads.of(h.case)[-3:]:
            self._compare(r)

    def take_back(self, data):
        """Somebody records that the person took a consent back: as often as not, of an offer."""
        standing = [h for h in self.oracle.handoffs if h.status == "proposed" and h.consent]
        h = self._pick(standing if data.draw(st.booleans()) else [], data)
        case = h.case if h else self._pick([c for c in self.oracle.cases if c.consents], data)
        if case is None:
            return
        if h:
            number = next(n for n, each in enumerate(case.consents) if each is h.consent)
        else:
            number = data.draw(st.integers(0, len(case.consents) - 1))
        consent = case.consents[number]
        desk = data.draw(st.sampled_from([*[case.lead] * 6, *self.desks]))
        person, now = self._person(desk), timezone.now()
        refused = self.leads.take_back_refusal(consent, case, person, desk, now)

        def act():
            with self.world.acting(desk) as actor:
                key = self._one(_CONSENT, case.reference, number + 1)
                row = Consent(pk=key, case_id=self._case_key(case))
                row.case = Case(pk=row.case_id)
                return consenting.withdraw_consent(consent=row, actor=actor, at=now)

        if self._try("withdraw_consent", refused, act) is None:
            self._expect([])
            return
        self._expect(self.leads.take_back(consent, case, now))
        self._compare_case(case)
        for r in self.leads.of(case)[-4:]:
            self._compare(r)

    # Comparisons

    def _case_key(self, case):
        return self._one("select id from cases_case where reference = %s", case.reference)

    def _compare_case(self, case):
        row = self.connection.execute(_CASE, [case.reference]).fetchone()
        assert row == (case.status, case.version, case.lead), case.reference
        self._compare_access(case)

    def _compare_handoff(self, h):
        row = self.connection.execute(_HANDOFF, [h.reference]).fetchone()
        assert row == (h.status, h.version, h.accepting), h.reference
        self._compare_case(h.case)
        desks = [h.sender, *h.offers, *self.desks]
        desk = desks[self.oracle.turn % len(desks)]
        person, now = self._person(desk), timezone.now()
        with self.world.acting(desk) as actor:
            found = Handoff.objects.visible_to(actor).filter(reference=h.reference).first()
            sees = desk in h.seen_by(now) and self.oracle.works_at(person, desk)
            assert (found is not None) == sees, (desk, h.reference)
            if found:
                expected = {
                    verb
                    for verb in ANSWERS
                    if h.status == "proposed"
                    and (
                        oracle_leads.ANSWERS[verb]
                        == (model.SENDER if desk == h.sender else model.RECEIVER)
                        or (h.external and desk == h.sender)
                    )
                }
                assert set(verbs_of(found, actor, at=now)) == expected, (desk, h.reference)


_CASE = """
select c.status, c.version, d.slug from cases_case c
join coordination_desk d on d.group_id = c.lead_desk_id where c.reference = %s
"""
_CONSENT = """
select t.id from cases_consent t join cases_case c on c.id = t.case_id
where c.reference = %s and t.number = %s
"""
_HANDOFF = """
select h.status, h.version, d.slug from referrals_handoff h
left join coordination_desk d on d.group_id = h.accepting_desk_id where h.reference = %s
"""
