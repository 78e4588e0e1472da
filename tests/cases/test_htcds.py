"""IOM's workbook comes in as it is: what Relay keeps is read, what identifies has to be empty."""

import datetime as dt

from django.utils import timezone

from cases import htcds
from cases.facts import lead_facts
from cases.importing import tables
from cases.importing.judging import Judge
from cases.models import Case, Import
from coordination import vocabularies
from tests import database
from tests.cases.test_importing import LEAD, bring, check, workbook

# The headings of the standard's template 2.0, in its order; its first column numbers the rows.
HEADINGS = [
    None,
    *[
        "cas_CaseOwner",
        "prs_Salutation",
        "prs_FirstName",
        "prs_SecondName",
        "con_Consent",
        "prs_Birthdate",
        "prs_Gender",
        "prs_Citizenship",
        "prs_Title",
        "prs_Email",
        "prs_HomePhone",
        "prs_MobilePhone",
        "prs_MailingCity",
        "prs_MailingCountry",
        "prs_MailingState",
        "prs_MailingStreet",
        "prs_MailingPostalCode",
        "vic_TraffickingStatus",
        "vic_TraffickinStatusDecisionMakingOrg",
        "vic_MethodOfRecruitment",
        "vic_LocationOfRecruitment",
        "vic_MethodsOfControl",
        "vic_TypeOfExploitation",
        "vic_ForcedLabourIndustry",
        "vic_TypeOfSexExploitation",
        "vic_LocationOfExploitation",
        "cas_Status",
        "cas_ReferringOrganisation",
        "cas_IncomingReferralDate",
        "cas_ReferringPrimaryCaseWorker",
        "cas_ReasonForIncomingReferral",
        "cas_IncomingReferralDetails",
        "cas_ReferredOrganisation",
        "cas_ReferredPrimaryCaseWorker",
        "cas_OutgoingReferralDate",
        "cas_OutgoingReferralDetails",
        "cas_ReasonForCaseClosure",
    ],
]
LABELS = """|Case Owner|Salutation|First Name|Second Name|Consent|Birthdate|Gender|Citizenship|Title|Email|
Home Phone|Mobile Phone|Mailing Street|Mailing City|Mailing State/Province|Mailing Zip/Postal Code|
Mailing Country|Trafficking Status|Trafficking Status Decision Making Organization|
Method of Recruitment|Location of Recruitment|Methods of Control|Type of Exploitation|
Forced Labour Industry|Type of Sex Exploitation|Location of Exploitation|Status|
Referring Organisation|Incoming Referral Date|Referring Primary Case Worker|
Reason for Incoming Referral|Incoming Referral Details|Referred Organisation|
Referred Primary Case Worker|Reason for Outgoing Referral|Outgoing Referral Date|
Outgoing Referral Details|Reason for Case Closure""".replace("\n", "").split("|")
MIDNIGHT = dt.time()


def filled(number, **cells):
    row = {"number": number, **cells}
    return [number, *(row.get(heading) for heading in HEADINGS[1:])]


ONE = {
    "prs_Gender": "Feminine",
    "vic_TraffickingStatus": "Possible victim of trafficking",
    "vic_MethodsOfControl": "Debt bondage ; ThreatsLawEnforcement",
    "vic_TypeOfExploitation": "Sexual exploitation",
    "vic_TypeOfSexExploitation": "RemoteInteractiveServices",
    "cas_Status": "Follow up",
    "cas_IncomingReferralDate": dt.datetime.combine(dt.date(2026, 2, 3), MIDNIGHT),
    "con_Consent": True,
}


def test_a_workbook_of_the_standard_comes_in_as_it_is(world):
    blank = [filled(number) for number in range(3, 40)]
    content = workbook(
        HEADINGS, LABELS, filled(1, **ONE), filled(2, prs_Gender="Masculine"), *blank
    )
    done = bring(world, content)
    assert (done.rows_read, done.rows_refused, done.format) == (2, 0, "xlsx")
    with world.acting(*LEAD) as actor:
        first, second = Case.objects.visible_to(actor).order_by("pk")
        assert (first.gender_identity, second.gender_identity) == ("woman_girl", "man_boy")
        assert (first.age_band, first.situation, first.service_language) == ("unknown",) * 3
        assert first.opened_at.date() == dt.date(2026, 2, 3)
        kept = lead_facts(first)
        assert kept["trafficking_status"] == "suspected"
        assert kept["means_of_control"] == ["debt_bondage", "threat_law_enforcement"]
        assert kept["exploitation_types"] == ["sex", "sex_online"]


def test_its_columns_that_identify_have_to_be_empty(world):
    named = filled(1, **ONE, prs_FirstName="Zaphodia")
    born = filled(2, **ONE, prs_Birthdate=dt.datetime.combine(dt.date(2004, 5, 6), MIDNIGHT))
    owned = filled(3, **ONE, cas_CaseOwner="x")
    told = filled(4, **ONE, cas_IncomingReferralDetails="met Jessica Martin downtown")
    checked = check(world, workbook(HEADINGS, LABELS, named, born, owned, told))
    assert [each.refusal.reason for each in checked.answers] == [
        *["identifying_column"] * 3,
        "identifying",
    ]
    assert checked.answers[0].refusal.column == "D (prs_FirstName)"
    with database.as_role("worker"):
        assert Import.objects.get().rows_taken == 0


def test_what_is_not_kept_is_said(world):
    checked = check(world, workbook(HEADINGS, LABELS, filled(1, **ONE)))
    assert "vic_MethodOfRecruitment" in checked.not_kept
    assert "con_Consent" in checked.not_kept
    assert "prs_Gender" not in checked.not_kept


def test_facts_that_the_standard_lacks_can_be_added_to_it(db):
    row = [*filled(1, **ONE), "16_17", "F-77"]
    content = workbook([*HEADINGS, "Age band", "key"], row)
    (answer,) = Judge(tables.read(content), {}, timezone.localdate()).judge()
    assert answer.taken.facts["age_band"] == "16_17"
    assert answer.taken.key == "F-77"


def test_every_code_that_is_read_is_one_of_ours():
    vocabulary = {
        "exploitation_types": "exploitation_type",
        "status": "case_status",
    }
    for fact, codes in htcds.READ.items():
        assert set(codes.values()) <= set(vocabularies.codes(vocabulary.get(fact, fact)))
