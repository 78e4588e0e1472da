"""
What is recorded about a person, in plain sentences to be read aloud to them.

No worker is named, no place of a desk is given, and nothing that is kept is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.utils.translation import ngettext

from audit.verbs import Verb
from cases.facts import LEAD_FACTS, lead_facts
from cases.models import Case, Consent, IndigenousIdentity, Note
from coordination import history, references, vocabularies
from coordination.access import Actor
from coordination.templatetags.relay import day
from referrals import event_words, passing, readers
from referrals.child_reports import answer_of
from referrals.consents import services_of
from referrals.handoffs import to_label as to_whom
from referrals.labels import area_labels, desk_label, to_label
from referrals.models import Handoff, Referral

# Fact -> the vocabulary of its codes, and how it is said to the person.
FACTS: Mapping[str, tuple[str, Promise]] = {
    "age_band": ("age_band", _t("Your age group")),
    "gender_identity": ("gender_identity", _t("Your gender")),
    "situation": ("situation", _t("Your situation")),
    "service_language": ("service_language", _t("The language you want to be served in")),
    "indigenous_led": ("indigenous_led", _t("Whether you want Indigenous-led services")),
    "access_needs": ("access_need", _t("What you need to take part")),
    "contact_rules": ("contact_rule", _t("How you may be contacted")),
    "safety_flags": ("safety_flag", _t("About your safety")),
    "needs": ("service_need", _t("What you need")),
    "trafficking_status": ("trafficking_status", _t("What is known about trafficking")),
    "exploitation_types": ("exploitation_type", _t("Kinds of exploitation")),
    "means_of_control": ("means_of_control", _t("Means of control that were used")),
    "recruiter_relation": ("recruiter_relation", _t("Who recruited you")),
    "justice_stage": ("justice_stage", _t("Where things stand with the police or a court")),
}


@dataclass(frozen=True)
class Section:
    title: str
    sentences: Sequence[str]


def sections(case: Case, referrals: Sequence[Referral], actor: Actor) -> list[Section]:
    """Return everything that is recorded about the person of a case, part by part."""
    return [
        Section(_("What this is"), _what_this_is(case, actor)),
        Section(_("About you"), _about(case, actor)),
        Section(_("What you agreed to"), _agreed(case, actor)),
        Section(_("Whom we asked for help, and what they said"), _asked(referrals, actor)),
        Section(_("What we wrote about the case"), _notes(case, actor)),
        Section(_("What became of it"), _became(case, actor)),
        Section(_("Who was asked to lead it"), _handoffs(case, actor)),
        Section(_("Who can see it"), [each.sentence for each in readers.now(case)]),
        Section(_("Who could see it before"), [each.sentence for each in readers.before(case)]),
        Section(_("What is not recorded"), _not_recorded()),
        Section(_("Your choices"), _choices(case)),
    ]


def _what_this_is(case: Case, actor: Actor) -> list[str]:
    """Return who opened it, and to whom it moved since: whoever led it first opened it."""
    passings = passing.passings_of(case, actor)
    opener = passings[-1].from_desk if passings else case.lead_desk
    return [
        _("On %(day)s, %(desk)s opened a record under the code %(code)s.")
        % {
            "day": day(case.opened_at),
            "desk": desk_label(opener),
            "code": references.display(case.reference),
        },
        *(
            _("On %(day)s it moved from %(from)s to %(to)s.")
            % {"day": day(each.at), "from": each.from_label, "to": each.to_label}
            for each in reversed(passings)
        ),
        _("It lets agencies help you without your telling your story again at each door."),
        _("It is kept until 24 months after it is closed, and then deleted."),
        _("%(desk)s leads it: ask there first.") % {"desk": desk_label(case.lead_desk)},
    ]


def _about(case: Case, actor: Actor) -> list[str]:
    kept = lead_facts(case)
    sentences = []
    for name, (vocabulary, title) in FACTS.items():
        value = kept.get(name) if name in LEAD_FACTS else getattr(case, name)
        codes = value if isinstance(value, list) else [value] if value else []
        if codes:
            said = ", ".join(vocabularies.label(vocabulary, code) for code in codes)
            sentences.append(_("%(title)s: %(said)s.") % {"title": title, "said": said})
    identity = IndigenousIdentity.objects.visible_to(actor).filter(case=case).first()
    if identity:
        said = ", ".join(
            vocabularies.label("indigenous_identity", code) for code in identity.identities
        )
        about = _("Your Indigenous identity, as you agreed")
        sentences.append(_("%(title)s: %(said)s.") % {"title": about, "said": said})
    report = answer_of(case)
    if report:
        about = _("Whether a children’s aid society was told")
        said = vocabularies.label("child_report", report)
        sentences.append(_("%(title)s: %(said)s.") % {"title": about, "said": said})
    if case.dependants:
        sentences.append(
            ngettext(
                "%(number)s other person comes along with you.",
                "%(number)s other people come along with you.",
                case.dependants,
            )
            % {"number": case.dependants}
        )
    if case.areas_to_avoid:
        areas = ", ".join(area_labels(case.areas_to_avoid))
        sentences.append(_("Areas that you want to stay away from: %(areas)s.") % {"areas": areas})
    return sentences


def _agreed(case: Case, actor: Actor) -> list[str]:
    """Return each consent as it was said, and what became of it."""
    sentences = []
    rows = Consent.objects.visible_to(actor).filter(case=case).select_related("desk__agency")
    for consent in rows.order_by("number"):
        kinds = (vocabularies.label("organisation_kind", code) for code in consent.audience)
        words = {
            "day": day(consent.given_on),
            "form": vocabularies.label("consent_form", consent.form).lower(),
            "kind": vocabularies.label("consent_basis", consent.kind).lower(),
            "services": services_of(consent),
            "audience": ", ".join(kinds),
            "until": day(consent.until),
            "desk": consent.desk.name,
        }
        sentences.append(
            _(
                "On %(day)s, %(kind)s (%(form)s), for: %(services)s. With: %(audience)s. "
                "Until %(until)s. Recorded by the duty worker, %(desk)s."
            )
            % words
        )
        if consent.withdrawn_at:
            back = {"day": day(consent.withdrawn_at)}
            sentences.append(_("You took this back on %(day)s.") % back)
        elif consent.moved_at:
            moved = {"day": day(consent.moved_at)}
            sentences.append(
                _("On %(day)s it moved to your other record. You can take it back there.") % moved
            )
    return sentences


def _asked(referrals: Sequence[Referral], actor: Actor) -> list[str]:
    if not referrals:
        return [_("Nobody yet.")]
    sentences = []
    for referral in referrals:
        services = ", ".join(
            vocabularies.label("service_need", each.service) for each in referral.services.all()
        )
        basis = referral.basis
        words = {
            "code": references.display(referral.reference),
            "to": to_label(referral),
            "services": services,
            "status": vocabularies.label("referral_status", referral.status).lower(),
        }
        if not referral.sent_at:
            sentences.append(
                _("A referral to %(to)s for %(services)s is written, not sent (%(code)s).") % words
            )
            continue
        words |= {
            "day": day(referral.sent_at),
            "basis": vocabularies.label("consent_basis", basis.code).lower(),
            "until": day(basis.until),
            "desk": desk_label(referral.responsible_desk),
        }
        sentences += [
            _("On %(day)s, %(to)s was asked for: %(services)s (%(code)s). Now: %(status)s.")
            % words,
            _("The reason why it could be shared: %(basis)s, until %(until)s.") % words,
            *([] if referral.is_over else [_("Responsible now: %(desk)s.") % words]),
            *_answers(referral, actor),
        ]
    return sentences


def _handoffs(case: Case, actor: Actor) -> list[str]:
    """Return to whom the case was offered, why, and what they said."""
    sentences = []
    for handoff in Handoff.objects.visible_to(actor).with_desks().filter(case=case).order_by("pk"):
        words = {
            "day": day(handoff.proposed_at),
            "from": desk_label(handoff.from_desk),
            "to": to_whom(handoff),
            "reason": vocabularies.label("handoff_reason", handoff.reason),
            "status": vocabularies.label("handoff_status", handoff.status).lower(),
            "basis": vocabularies.label("consent_basis", handoff.basis).lower(),
            "until": day(handoff.until),
        }
        sentences += [
            _("On %(day)s, %(from)s asked %(to)s to lead it: %(reason)s. Now: %(status)s.") % words,
            _("The reason why it could be shared: %(basis)s, until %(until)s.") % words,
            *Note.objects.visible_to(actor).texts_about(handoff.subject).values(),
        ]
    return sentences


def _notes(case: Case, actor: Actor) -> list[str]:
    notes = Note.objects.visible_to(actor).filter(about=case.subject).order_by("written_at")
    return [f"{day(note.written_at)}{_(':')} {note.text}" for note in notes]


def _became(case: Case, actor: Actor) -> list[str]:
    """Return what was done with the case itself, oldest first; what was written stands above."""
    return [
        f"{day(event.at)}{_(':')} {event_words.TITLES[event.verb]}. "
        f"{event_words.detail_of(event.verb, event.data)}".strip()
        for event in reversed(history.events_of(case.subject, actor))
        if event.verb in event_words.STEPS
    ]


def _answers(referral: Referral, actor: Actor) -> list[str]:
    """Return what the record says of a referral, oldest first; what was written with it, always."""
    told, said = [], Note.objects.visible_to(actor).texts_about(referral.subject)
    for event in reversed(history.events_of(referral.subject, actor)):
        if event.verb not in event_words.TITLES:
            continue
        words = said.get(event.data.get("note", 0), "")
        detail = event_words.detail_of(event.verb, event.data)
        more = words or (detail if event.verb == Verb.REFERRAL_SENT else "")
        if not more and event.verb in {*event_words.UNTOLD, Verb.NOTE_ADDED}:
            continue
        title = str(event_words.TITLES[event.verb])
        told.append(" ".join(filter(None, [f"{day(event.at)}{_(':')} {title}.", detail, words])))
    return told


def _not_recorded() -> list[str]:
    return [
        _("Your name, your birth date, your address, your phone number: none of them is here."),
        _("No health card, no police file, no court file, no picture."),
        _("Workers tell each other who you are by phone, and only after one of them has accepted."),
    ]


def _choices(case: Case) -> list[str]:
    desk = desk_label(case.lead_desk)
    return [
        _("You can ask %(desk)s to correct what is wrong here.") % {"desk": desk},
        _("You can take your consent back. Then nothing new is shared."),
        _("You can ask at any time to hear again what is recorded, and who has looked."),
        _("You can complain to the Information and Privacy Commissioner of Ontario."),
    ]
