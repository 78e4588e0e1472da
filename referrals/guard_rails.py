"""
What the law and the programs ask before something is sent: rules in data, checked in one place.

A rule of `coordination/data/guard_rails.json` applies when each field that it names under `when`
has one of its codes, and none under `unless` has. It then *says* something, *asks* for an answer
that has to be given, *warns* unless a coded reason is given, or *stops*.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cases.actions import reporting
from cases.actions.notes import Words
from cases.facts import lead_facts
from cases.models import Case, ChildReport
from coordination import access, eligibility, vocabularies
from coordination.errors import Invalid
from coordination.models import Agency, Desk
from referrals.models import Override, Referral
from referrals.moves import NEEDS_WORDS
from referrals.targets import Target, target_of

SAY, ASK, WARN, STOP = "say", "ask", "warn", "stop"
REFERRAL, HANDOFF = "referral", "handoff"
UNDER_16 = "under_16_report"

Situation = Mapping[str, Collection[str]]
"""Field -> the codes that hold; what is not known holds no code."""


@dataclass(frozen=True)
class Rail:
    """One rule, as the data says it."""

    code: str
    effect: str
    acts: Sequence[str]
    when: Situation
    unless: Situation
    reasons: Sequence[str]
    field: str
    _advice: Mapping[str, str]
    _advice_to_societies: Mapping[str, str]
    _source: Mapping[str, str]
    answers: Sequence[str] = ()
    """What may be sent back in `field`: codes of `child_report`, or the reasons."""

    @property
    def label(self) -> str:
        return vocabularies.label("guard_rail", self.code)

    @property
    def advice(self) -> str:
        """What to do about it, in the reader's language."""
        return self._advice[_language()]

    @property
    def source(self) -> str:
        """Where the rule comes from, in the reader's language."""
        return self._source[_language()]

    def put_to(self, kind: str) -> "Rail":
        """Return the rule in the words, and with the answers, for this kind of agency."""
        is_society = kind in reporting.SOCIETIES
        return replace(
            self,
            answers=reporting.answers_for(kind) if self.effect == ASK else self.answers,
            _advice=self._advice_to_societies if is_society else self._advice,
        )

    def applies(self, situation: Situation) -> bool:
        return all(_meets(situation, *each) for each in self.when.items()) and not any(
            _meets(situation, *each) for each in self.unless.items()
        )


@dataclass(frozen=True)
class Said:
    """What a sender answered to the rails: a code of `child_report`, and rail -> reason."""

    child_report: str = ""
    overrides: Mapping[str, str] = field(default_factory=dict)


NOTHING_SAID = Said()


class BeforeSending(Invalid):
    """Something has to be answered first. `rails` are all that apply, answered or not."""

    def __init__(self, message: Any, *, rails: Sequence[Rail], field: str) -> None:
        super().__init__(message, field=field)
        self.rails = rails


@cache
def rails() -> tuple[Rail, ...]:
    return tuple(
        Rail(
            code=each.code,
            effect=each.extra["effect"],
            acts=each.extra["acts"],
            when=each.extra["when"],
            unless=each.extra.get("unless", {}),
            reasons=each.extra.get("reasons", ()),
            field=each.extra.get("field", "overrides"),
            answers=each.extra.get("reasons", ()),
            _source={"en": each.extra["source_en"], "fr": each.extra["source_fr"]},
            _advice={"en": each.extra["do_en"], "fr": each.extra["do_fr"]},
            _advice_to_societies={
                language: each.extra.get(f"do_society_{language}", each.extra[f"do_{language}"])
                for language in ("en", "fr")
            },
        )
        for each in vocabularies.entries("guard_rail")
    )


def under_16() -> Collection[str]:
    """Return the age bands in which the question of the report has to be answered."""
    return next(rail for rail in rails() if rail.code == UNDER_16).when["age_band"]


def applying(situation: Situation, *, sender: str, act: str = REFERRAL) -> list[Rail]:
    """Return the rules that apply, as they are put to a sender of this kind of agency."""
    return [rail.put_to(sender) for rail in rails() if act in rail.acts and rail.applies(situation)]


def situation_of(
    case: Case, *, to: Target, desks: Sequence[Desk], services: Collection[str], basis: str
) -> Situation:
    """Return what the rules read; the lead's facts are there for the lead, who alone sends."""
    kept, agency = lead_facts(case), to if isinstance(to, Agency) else None
    kinds = {desk.agency.kind for desk in desks} | ({agency.kind} if agency else set())
    return {
        "age_band": [case.age_band],
        "services": services,
        "basis": [basis],
        "to_kind": kinds,
        "only_to_kind": kinds if len(kinds) == 1 else [],
        "dependants": ["some" if case.dependants else "none"],
        "recruiter_relation": [kept.get("recruiter_relation") or ""],
        "justice_stage": [kept.get("justice_stage") or ""],
        "unfit": eligibility.unfit_at(
            desks,
            agency,
            services=services,
            age_band=case.age_band,
            gender=case.gender_identity,
        ),
    }


def require(
    draft: Referral,
    *,
    case: Case,
    desks: Sequence[Desk],
    said: Said,
    actor: access.Actor,
    at: dt.datetime,
    words: Words | None,
) -> dict[str, Any]:
    """
    Check a referral that is about to be sent, keep what was answered, and return it for the entry.

    The case was locked, so that no fact changes between the check and the sending.

    :raises Invalid: if a rail stops it.
    :raises BeforeSending: if an answer, a reason or the words of a reason are missing.
    """
    if case.lead_desk_id == draft.from_desk_id:
        case.lead_desk = draft.from_desk
    services = [each.service for each in draft.services.all()]
    to, basis = target_of(draft), draft.basis.code
    situation = situation_of(case, to=to, desks=desks, services=services, basis=basis)
    found = applying(situation, sender=case.lead_desk.agency.kind)
    overrides = _answered(found, said, words, case=case)
    _keep_report(case, said, actor=actor, at=at)
    Override.objects.bulk_create(
        Override(referral=draft, rail=rail, reason=reason) for rail, reason in overrides.items()
    )
    return {"overrides": overrides} if overrides else {}


def require_for_handoff(case: Case, *, said: Said, actor: access.Actor, at: dt.datetime) -> None:
    """
    Check a case that is about to be offered; its row is locked. Keep what was answered.

    :raises BeforeSending: if an answer is missing.
    """
    sender = case.lead_desk.agency.kind
    found = applying({"age_band": [case.age_band]}, sender=sender, act=HANDOFF)
    _answered(found, said, None, case=case)
    _keep_report(case, said, actor=actor, at=at)


def _language() -> str:
    return "fr" if (get_language() or "en").startswith("fr") else "en"


def _meets(situation: Situation, name: str, codes: Collection[str]) -> bool:
    return not set(codes).isdisjoint(situation.get(name, ()))


def _report(case: Case) -> str:
    found = ChildReport.objects.filter(case=case).values_list("answer", flat=True).first()
    return str(found or "")


def _answered(
    found: Sequence[Rail], said: Said, words: Words | None, *, case: Case
) -> dict[str, str]:
    """Return the reasons for the rails that warn, by rail, if everything is answered."""
    for rail in found:
        if rail.effect == STOP:
            raise Invalid(f"{rail.label}. {rail.advice}", field=rail.field)
    asked = any(rail.effect == ASK for rail in found)
    if asked and not said.child_report and not _report(case):
        raise BeforeSending(
            _("Say whether the concern was reported."), rails=found, field="child_report"
        )
    warned = {rail.code: rail for rail in found if rail.effect == WARN}
    given = {
        code: said.overrides[code]
        for code, rail in warned.items()
        if said.overrides.get(code) in rail.reasons
    }
    if len(given) < len(warned):
        first = next(rail for code, rail in warned.items() if code not in given)
        message = _("%(rail)s. Choose another desk, or give the reason why it goes there.") % {
            "rail": first.label
        }
        raise BeforeSending(message, rails=found, field="overrides")
    if words is None and not NEEDS_WORDS.isdisjoint(given.values()):
        raise BeforeSending(_("Say in words what you mean by “other”."), rails=found, field="words")
    return given


def _keep_report(case: Case, said: Said, *, actor: access.Actor, at: dt.datetime) -> None:
    if said.child_report and said.child_report != _report(case):
        reporting.report_case(case=case, actor=actor, child_report=said.child_report, at=at)
