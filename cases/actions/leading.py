"""What the lead desk does with its case: correct it, follow it up, close it, open it again."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.record import record
from cases.actions import notes
from cases.actions.notes import Words
from cases.actions.opening import require_known_areas
from cases.facts import LEAD_FACTS, TASK_FACTS, lead_facts
from cases.models import Case, CaseGrant, CaseLink, LeadFacts, NeedOutcome
from cases.states import (
    DOUBLE,
    ENTERED_IN_ERROR,
    LONGEST_FOLLOW_UP_DAYS,
    OWN_VERB,
    TRANSITIONS,
    Transition,
)
from coordination import access, vocabularies
from coordination.errors import Invalid, NotAllowed, Stale, WrongStatus


@dataclass(frozen=True)
class Step:
    """A transition of a case that was checked and may be made: the case's row is locked."""

    case: Case
    transition: Transition
    actor: access.Actor
    at: dt.datetime

    def make(self, *, data: Mapping[str, Any], words: Words | None = None, **columns: Any) -> Case:
        """Save the new status with further columns, and record it with what was said."""
        case, before = self.case, self.case.status
        case.status = self.transition.target or before
        for name, value in columns.items():
            setattr(case, name, value)
        case.version += 1
        case.save(update_fields=["status", "version", *columns])
        said = {}
        if words is not None:
            note = notes.write(
                actor=self.actor, case=case, about=case.subject, kind="reason", words=words,
                at=self.at,
            )  # fmt: skip
            said = {"note": note.pk, **notes.kept_in(note)}
        record(
            self.transition.event,
            subject=case.subject,
            version=case.version,
            at=self.at,
            data={"status": case.status, **data, **said},
        )
        return case


def begin(
    verb: str, *, case: Case, actor: access.Actor, at: dt.datetime, version: int | None = None
) -> Step:
    """
    Lock a case and check that the actor's desk, which has to lead it, may take this step now.

    :raises NotAllowed: if the role does not have the verb, or the desk does not lead the case.
    :raises WrongStatus: if the case's status does not allow it.
    :raises Stale: if it does, but somebody changed the case since it was read.
    """
    transition = TRANSITIONS[verb]
    desk = access.require(actor, transition.permission)
    try:
        locked = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    except Case.DoesNotExist:
        raise NotAllowed(_("Your desk has no access to this case.")) from None
    if locked.lead_desk_id != desk.pk:
        raise NotAllowed(_("Only the desk that leads this case does this."))
    if locked.status not in transition.sources:
        status = vocabularies.label("case_status", locked.status)
        raise WrongStatus(
            _("Not possible now: this case is “%(status)s”.") % {"status": status},
            allowed=allowed_verbs(locked, actor),
        )
    if version is not None and locked.version != version:
        raise Stale(_("Somebody changed this case while you were reading. Read it again."))
    return Step(locked, transition, actor, at)


def allowed_verbs(case: Case, actor: access.Actor) -> list[str]:
    """Return what the acting desk may do with the case now."""
    if not actor.acts_for(case.lead_desk_id):
        return []
    return [
        verb
        for verb, transition in TRANSITIONS.items()
        if case.status in transition.sources and actor.may(transition.permission)
    ]


@transaction.atomic
def change_case(
    *,
    case: Case,
    actor: access.Actor,
    facts: Mapping[str, Any],
    at: dt.datetime,
    version: int | None = None,
) -> Case:
    """
    Correct or add facts, by their names in `cases.facts`; what is not named stays.

    :raises NotAllowed, WrongStatus, Stale: see `begin`.
    :raises Invalid: if nothing would change, or an area to avoid is not one that a team covers.
    """
    step = begin("change", case=case, actor=actor, at=at, version=version)
    require_known_areas(facts.get("areas_to_avoid") or [])
    kept = lead_facts(step.case)
    task = {k: v for k, v in facts.items() if k in TASK_FACTS and getattr(step.case, k) != v}
    lead = {k: v for k, v in facts.items() if k in LEAD_FACTS and (kept.get(k) or "") != (v or "")}
    lead = {k: v for k, v in lead.items() if v or kept.get(k)}
    if not task and not lead:
        raise Invalid(_("Nothing is different from what is recorded."))
    before = {**{k: getattr(step.case, k) for k in task}, **{k: kept.get(k) for k in lead}}
    if lead:
        LeadFacts.objects.update_or_create(case=step.case, defaults=lead)
    return step.make(data={"before": before, "after": {**task, **lead}}, **task)


@transaction.atomic
def follow_up_case(
    *,
    case: Case,
    actor: access.Actor,
    review_at: dt.datetime,
    at: dt.datetime,
    version: int | None = None,
    words: Words | None = None,
) -> Case:
    """
    Keep a case open without work to do now, until a day on which to look at it again.

    :raises NotAllowed, WrongStatus, Stale: see `begin`.
    :raises Invalid: if the day is not within 180 days.
    """
    step = begin("follow_up", case=case, actor=actor, at=at, version=version)
    if not at < review_at <= at + dt.timedelta(days=LONGEST_FOLLOW_UP_DAYS):
        raise Invalid(
            _("Choose a day within %(days)s days.") % {"days": LONGEST_FOLLOW_UP_DAYS},
            field="review_at",
        )
    data = {"review_at": review_at.isoformat()}
    return step.make(data=data, words=words, follow_up_at=review_at)


@transaction.atomic
def resume_case(
    *, case: Case, actor: access.Actor, at: dt.datetime, version: int | None = None
) -> Case:
    """
    Take up work on a case again that was in follow-up.

    :raises NotAllowed, WrongStatus, Stale: see `begin`.
    """
    step = begin("resume", case=case, actor=actor, at=at, version=version)
    return step.make(data={}, follow_up_at=None)


@transaction.atomic
def close_case(
    *,
    case: Case,
    actor: access.Actor,
    reason: str,
    outcomes: Mapping[str, str],
    needs: Collection[str],
    at: dt.datetime,
    version: int | None = None,
    words: Words | None = None,
) -> Case:
    """
    Close a case, with an outcome for each of its `needs`: need code -> outcome code.

    Called through `referrals.actions.closing`, which knows what was asked and what is still open.

    :raises NotAllowed, WrongStatus, Stale: see `begin`.
    :raises Invalid: if a need has no outcome, or an outcome no need.
    """
    step = begin("close", case=case, actor=actor, at=at, version=version)
    vocabularies.entry("closure_reason", reason)
    if reason in OWN_VERB:
        raise Invalid(_("This reason has a step of its own on the case’s page."), field="reason")
    if set(outcomes) != set(needs):
        raise Invalid(_("Choose an outcome for each need."), field="outcomes")
    for outcome in outcomes.values():
        vocabularies.entry("outcome", outcome)
    NeedOutcome.objects.bulk_create(
        NeedOutcome(case=step.case, need=need, outcome=outcomes[need]) for need in sorted(needs)
    )
    return step.make(
        data={"reason": reason, "outcomes": dict(outcomes)},
        words=words,
        closed_at=at,
        closure_reason=reason,
        follow_up_at=None,
    )


@transaction.atomic
def enter_case_in_error(
    *,
    case: Case,
    actor: access.Actor,
    reason: str,
    at: dt.datetime,
    version: int | None = None,
    words: Words | None = None,
) -> Case:
    """
    Close a case that should not exist, without outcomes; nobody but the lead desk sees it then.

    Called through `referrals.actions.mistakes`, which ends what was asked for it.

    :raises NotAllowed, WrongStatus, Stale: see `begin`.
    """
    step = begin("enter_in_error", case=case, actor=actor, at=at, version=version)
    vocabularies.entry("case_error", reason)
    lost = access.end_others(CaseGrant, on=step.case, keep=step.case.lead_desk_id, at=at)
    return step.make(
        data={"reason": reason, "lost": access.slugs_of(lost)},
        words=words,
        closed_at=at,
        closure_reason=ENTERED_IN_ERROR,
        follow_up_at=None,
    )


def close_as_double(step: Step, kept: Case, *, words: Words | None = None) -> Case:
    """Close a case that is the same person as another one, which stays; see `linking`."""
    return step.make(
        data={"same_as": kept.reference},
        words=words,
        closed_at=step.at,
        closure_reason=DOUBLE,
        follow_up_at=None,
    )


@transaction.atomic
def reopen_case(
    *,
    case: Case,
    actor: access.Actor,
    at: dt.datetime,
    version: int | None = None,
    words: Words | None = None,
) -> Case:
    """
    Open a closed case again; its outcomes stay in the record, and are said anew when it closes.

    A link to the case that is the same person ends; what moved there stays there.

    :raises NotAllowed, WrongStatus, Stale: see `begin`.
    """
    step = begin("reopen", case=case, actor=actor, at=at, version=version)
    step.case.outcomes.all().delete()
    CaseLink.objects.filter(case=step.case, ended_at=None).update(ended_at=at)
    data = {"reason_before": step.case.closure_reason}
    return step.make(data=data, words=words, closed_at=None, closure_reason="")
