"""What the history of one subject counts for. Read from entries' verbs and bodies, nothing else."""

import datetime as dt
import logging
import zoneinfo
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from audit.models import Entry
from audit.verbs import Verb
from coordination.counting import network, sealed
from coordination.counting.populations import POPULATIONS
from coordination.models import Agency

_log = logging.getLogger(__name__)
_ZONE = zoneinfo.ZoneInfo("America/Toronto")
_UNKNOWN, _OUTSIDE = "unknown", "out_of_province"
_ERRORS = frozenset({"entered_in_error", "sent_in_error"})
_MOST_DOORS = 4
_WAITS = (
    (dt.timedelta(days=1), "within_1_day"),
    (dt.timedelta(days=3), "within_3_days"),
    (dt.timedelta(days=7), "within_7_days"),
    (dt.timedelta(days=30), "within_30_days"),
)

_OF_A_CASE = frozenset(
    {
        Verb.CASE_OPENED,
        Verb.CASE_CHANGED,
        Verb.CASE_ENTERED_IN_ERROR,
        Verb.CASE_LINKED,
        Verb.CASE_REOPENED,
    }
)
_OF_A_REFERRAL = frozenset(
    {
        Verb.REFERRAL_DRAFTED,
        Verb.REFERRAL_SENT,
        Verb.REFERRAL_DECLINED,
        Verb.REFERRAL_STARTED,
        Verb.REFERRAL_COMPLETED,
        Verb.REFERRAL_REOPENED,
        Verb.REFERRAL_WITHDRAWN,
        Verb.REFERRAL_WITHDRAWAL_REQUESTED,
        Verb.REFERRAL_WITHDRAWAL_CONFIRMED,
        Verb.REFERRAL_RESOLVED,
    }
)
COUNTED = _OF_A_CASE | _OF_A_REFERRAL | {Verb.GAP_REPORTED}
"""The events that change a count."""


class Place(NamedTuple):
    """Where something is counted: what, in which month, under which codes, for which agency."""

    population: str
    month: dt.date
    codes: tuple[str, ...]
    agency: int


Counts = Counter[Place]


def month_of(at: dt.datetime) -> dt.date:
    """Return the first day of the month in Ontario: the one expression of a month there is."""
    return at.astimezone(_ZONE).date().replace(day=1)


def counts_of(entries: Sequence[Entry]) -> Counts:
    """
    Return what a subject counts for, after these entries of it, in the order of the record.

    One whose bodies are not as expected counts for nothing: it must not hold up all the others.
    """
    try:
        return _counts_of(entries)
    except (LookupError, TypeError, ValueError, AttributeError):
        _log.warning("entry %s is not as expected: its subject is not counted", entries[-1].pk)
        return Counter()


def _counts_of(entries: Sequence[Entry]) -> Counts:
    verbs = {each.verb for each in entries}
    if verbs & _OF_A_CASE:
        return _of_a_case(entries)
    if verbs & _OF_A_REFERRAL:
        return _of_a_referral(entries)
    counts: Counts = Counter()
    for each in entries:
        service, region = each.body.data["service"], each.body.data["region"]
        agency = _agency_of(each.desk_id)
        counts += _once("unmet", each, {"service": service, "receiver": region}, agency)
        counts += _sealed(sealed.of_services("culture_unmet", [service], region), each, agency)
    return counts


def history_of(subject: str, *, before: int | None = None) -> list[Entry]:
    """Return the entries of a subject that count; `before` leaves out that entry and later ones."""
    rows = Entry.objects.filter(subject=subject, verb__in=COUNTED).select_related("body")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("pk"))


def _of_a_case(entries: Sequence[Entry]) -> Counts:
    """Count a case in the month when it was opened, as far as its facts are known by now."""
    facts: dict[str, Any] = {}
    is_counted = True
    for each in entries:
        if each.verb in {Verb.CASE_OPENED, Verb.CASE_CHANGED}:
            facts |= each.body.data["after"]
        # The same person twice, or nobody: counted again if it is opened again.
        is_counted = each.verb not in {Verb.CASE_ENTERED_IN_ERROR, Verb.CASE_LINKED} and (
            is_counted or each.verb == Verb.CASE_REOPENED
        )
    opened = entries[0]
    if not is_counted or opened.verb != Verb.CASE_OPENED:
        return Counter()
    region, agency = _desk(opened.body.data["lead"])
    said = {
        "age": facts["age_band"],
        "situation": facts["situation"],
        "gender": facts["gender_identity"],
        "language": facts["service_language"],
        "region": region,
    }
    counts = _once("cases", opened, said, agency)
    return counts + _sealed(sealed.of_case(facts, region), opened, agency)


def _of_a_referral(entries: Sequence[Entry]) -> Counts:
    """Count a referral once for each thing that became of it; of a mistaken case, for none."""
    first = {each.verb: each for each in reversed(entries)}
    last = {each.verb: each for each in entries}
    sent, drafted = first.get(Verb.REFERRAL_SENT), first.get(Verb.REFERRAL_DRAFTED)
    if sent is None or drafted is None or _was_error(last):
        return Counter()
    sender, agency = _desk(sent.desk_id or 0)
    receiver, kind, asked = _target(sent.body.data["to"])
    services = drafted.body.data["services"]
    counts = _once("sent", sent, {"sender": sender, "receiver": receiver}, agency)
    for service in services:
        counts += _once("asked", sent, {"service": service, "receiver": receiver}, agency)
    counts += _sealed(sealed.of_services("culture_asked", services, receiver), sent, agency)
    counts += _sealed(sealed.of_sent(kind, receiver), sent, asked)
    if declined := last.get(Verb.REFERRAL_DECLINED):
        said = {"reason": declined.body.data["reason"], "kind": _kind_of(declined) or kind}
        counts += _once("declined", declined, said, _agency_of(declined.desk_id))
    if started := first.get(Verb.REFERRAL_STARTED):
        said = {
            "doors": _doors(sent.body.data["doors"]),
            "wait": _wait(started.occurred_at - _first_sent_at(drafted, sent)),
            "receiver": receiver,
        }
        begun_by = _agency_of(started.desk_id)
        counts += _once("begun", started, said, begun_by)
        wanted = _wanted(drafted.body.data["case"], before=started.pk)
        served = sealed.of_begun(wanted, _kind_of(started) or kind, receiver)
        counts += _sealed(served, started, begun_by)
    completed, reopened = last.get(Verb.REFERRAL_COMPLETED), last.get(Verb.REFERRAL_REOPENED)
    if completed and (reopened is None or reopened.pk < completed.pk):
        for service, outcome in completed.body.data["outcomes"].items():
            said = {"service": service, "outcome": outcome}
            counts += _once("outcomes", completed, said, _agency_of(completed.desk_id))
    return counts


def _once(population: str, entry: Entry, said: Mapping[str, str], agency: int) -> Counts:
    codes = POPULATIONS[population].codes_of(said)
    return Counter({Place(population, month_of(entry.occurred_at), codes, agency): 1})


def _sealed(found: Iterable[sealed.Said], entry: Entry, agency: int) -> Counts:
    """Return what counts for the stewards, of whom nobody else is shown anything."""
    month = month_of(entry.occurred_at)
    return Counter(
        Place(name, month, sealed.SEALED[name].codes_of(said), agency) for name, said in found
    )


def _wanted(case: str, *, before: int) -> str | None:
    """Return whether an Indigenous-led service was asked for, as the case said it by then."""
    known = [each for each in history_of(f"case:{case}", before=before) if hasattr(each, "body")]
    facts: dict[str, Any] = {}
    for each in known:
        facts |= each.body.data.get("after", {})
    return facts.get("indigenous_led")


def _was_error(last: Mapping[str, Entry]) -> bool:
    """Tell whether it was withdrawn or resolved as a mistake; one that is asked for is not yet."""
    ends = [last.get(Verb.REFERRAL_WITHDRAWN), last.get(Verb.REFERRAL_RESOLVED)]
    if Verb.REFERRAL_WITHDRAWAL_CONFIRMED in last:
        ends.append(last.get(Verb.REFERRAL_WITHDRAWAL_REQUESTED))
    return any(end.body.data.get("reason") in _ERRORS for end in ends if end)


def _doors(number: int) -> str:
    return str(number) if number < _MOST_DOORS else "4_plus"


def _wait(waited: dt.timedelta) -> str:
    return next((code for most, code in _WAITS if waited <= most), "over")


def _first_sent_at(drafted: Entry, sent: Entry) -> dt.datetime:
    """Return when the need was first sent, at the first of the doors."""
    at = sent.occurred_at
    before = drafted.body.data["reroutes"]
    while before:
        entries = history_of(f"referral:{before}", before=sent.pk)
        earlier = {each.verb: each for each in reversed(entries)}
        if first := earlier.get(Verb.REFERRAL_SENT):
            at = first.occurred_at
        draft = earlier.get(Verb.REFERRAL_DRAFTED)
        before = draft.body.data["reroutes"] if draft else None
    return at


def _target(slugs: Iterable[str]) -> tuple[str, str, int]:
    """Return region, kind and agency of whom it was sent to: desks, or a contact not on Relay."""
    slug = next(iter(slugs))
    what, _, key = slug.partition(":")
    if what == "agency":
        agency = Agency.objects.get(pk=int(key))
        return agency.region, agency.kind, agency.pk
    if what == "province":
        return _OUTSIDE, "government", 0
    desk = network.desk_of(slug)
    region = desk.team.region if desk.team else _UNKNOWN
    return region, desk.agency.kind, desk.agency_id


def _kind_of(entry: Entry) -> str | None:
    """Return the kind of agency that said it; None if the sender was told by phone."""
    if "reported" in entry.body.data or entry.desk_id is None:
        return None
    kind: str = network.desk_of(entry.desk_id).agency.kind
    return kind


def _desk(named: int | str) -> tuple[str, int]:
    desk = network.desk_of(named)
    return (desk.team.region if desk.team else _UNKNOWN), desk.agency_id


def _agency_of(key: int | None) -> int:
    """Return whose count it is; 0 is nobody's: the system said it."""
    return network.desk_of(key).agency_id if key else 0
