"""The worklists: narrowed, sorted, paged while others write, saved, and worked in bulk."""

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from coordination.roles import Role
from referrals import filters, positions, worklist
from referrals.actions import answering, assigning
from referrals.filters import Filters, Sort
from referrals.models import SavedView
from referrals.states import Box
from tests import database
from tests.referrals.test_api import Api
from tests.referrals.test_life_cycle import act

OTTAWA = "ottawa-cas"


@pytest.fixture
def ottawa(world):
    client = Client()
    client.force_login(world.user(OTTAWA))
    return client


def narrowed(world, query, box=Box.INBOX):
    with world.acting(OTTAWA) as actor:
        wanted = filters.read(QueryDict(query))
        page = worklist.page_of(actor, box, filters=wanted)
        assert worklist.count_of(actor, box, filters=wanted) == len(page.referrals)
        return {each.reference for each in page.referrals}


def test_each_filter_narrows_to_what_it_says(world):
    urgent = world.referral(urgency="urgent", services=("peer_support",)).reference
    planned = world.referral(
        urgency="planned", sender="north-cas", case=world.case("north-cas", age_band="16_17")
    ).reference
    preferring = world.referral(
        sender="peel-community",
        urgency="immediate",
        case=world.case("peel-community", indigenous_led="first_choice"),
    ).reference
    everything = {urgent, planned, preferring}
    expected = {
        "": everything,
        "urgency=urgent": {urgent},
        "urgency=urgent&urgency=planned": {urgent, planned},
        "service=peer_support": {urgent},
        "region=north": {planned},
        "kind=community_org": {preferring},
        "age_band=16_17": {planned},
        "indigenous_led=true": {preferring},
        "status=sent": everything,
        "status=questioned": set(),
        "owner=nobody": everything,
        "owner=me": set(),
        "overdue=true": set(),
        "overdue=soon": {preferring},
        "region=central&kind=cas": {urgent},
    }
    assert {query: narrowed(world, query) for query in expected} == expected
    mine = next(r for r in _inbox(world) if r.reference == urgent)
    act(world, OTTAWA, assigning.assign_referral, mine, to=world.user(OTTAWA))
    assert narrowed(world, "owner=me") == {urgent}
    assert narrowed(world, "owner=nobody") == everything - {urgent}


def _inbox(world, **options):
    with world.acting(OTTAWA) as actor:
        return worklist.page_of(actor, Box.INBOX, **options).referrals


@pytest.mark.parametrize("sort", Sort)
def test_every_order_pages_without_doubles_or_gaps_while_others_write(world, sort):
    """TRUST C12."""
    first = {
        world.referral(
            sender=("peel-cas", "north-cas", "peel-community")[n % 3],
            urgency=("urgent", "planned", "crisis")[n % 3],
        ).reference
        for n in range(7)
    }
    seen, after = [], None
    for step in range(9):
        with world.acting(OTTAWA) as actor:
            page = worklist.page_of(
                actor, Box.INBOX, after=after, limit=2, filters=Filters(sort=sort)
            )
        seen += [each.reference for each in page.referrals]
        if page.next is None:
            break
        after = page.next
        if step < 3:
            world.referral(urgency="priority")
    assert len(seen) == len(set(seen))
    assert first <= set(seen)


@pytest.mark.parametrize(
    "query", ["urgency=very", "sort=up", "service=a+bed", "owner=you", "overdue=%00", "region='"]
)
def test_what_is_no_filter_is_refused(world, ottawa, query):
    """TRUST W5: nothing of an address reaches SQL but codes that are known."""
    assert ottawa.get(f"/en/inbox/?{query}").status_code == 404
    answer = Api(world.token(OTTAWA)).get(f"referrals?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_the_api_narrows_alike_and_refuses_other_parameters(world):
    urgent, _other = world.referral(urgency="urgent"), world.referral(urgency="planned")
    api = Api(world.token(OTTAWA))
    found = api.get("referrals?urgency=urgent&sort=newest").json()["results"]
    assert [each["reference"].replace("-", "") for each in found] == [urgent.reference]
    assert api.get("referrals?limit=1000000000").status_code == 400


def test_a_page_of_another_order_is_no_page(world, ottawa):
    for _ in range(26):
        world.referral()
    page = ottawa.get("/en/inbox/")
    onward = page.context["next_url"]
    assert ottawa.get(onward).status_code == 200
    assert ottawa.get(f"{onward}&sort=newest").status_code == 404


def test_a_filter_is_shown_as_a_chip_that_takes_it_away(world, ottawa):
    world.referral()
    page = ottawa.get("/en/inbox/?urgency=urgent&service=emergency_shelter")
    chips = page.context["filters"].chips()
    assert [each["without"] for each in chips] == ["service=emergency_shelter", "urgency=urgent"]
    assert "Remove all filters" in page.content.decode()


def test_a_view_is_saved_shared_and_deleted_and_the_default_opens_first(world, ottawa):
    typed = {"box": "inbox", "query": "urgency=urgent", "shared": "1", "default": "1"}
    assert ottawa.post("/en/inbox/views/", typed).url == "/en/inbox/?urgency=urgent"
    assert ottawa.get("/en/inbox/").url == "/en/inbox/?urgency=urgent"
    assert ottawa.get("/en/inbox/?view=all").status_code == 200
    colleague = Client()
    colleague.force_login(world.user(OTTAWA, Role.LEAD))
    page = colleague.get("/en/inbox/")
    assert [each["is_own"] for each in page.context["views"]] == [False]
    (pk,) = [each["pk"] for each in page.context["views"]]
    colleague.post(f"/en/inbox/views/{pk}/delete/")
    with database.as_role("worker"):
        assert SavedView.objects.count() == 1, "another's view stays"
    ottawa.post(f"/en/inbox/views/{pk}/delete/")
    with database.as_role("worker"):
        assert SavedView.objects.count() == 0


def test_a_view_without_a_filter_is_not_saved(world, ottawa):
    answer = ottawa.post("/en/inbox/views/", {"box": "inbox", "query": ""}, follow=True)
    assert "Choose a filter first" in answer.content.decode()
    assert (
        ottawa.post("/en/inbox/views/", {"box": "no", "query": "urgency=urgent"}).status_code == 404
    )


def test_a_strangers_desk_sees_no_view(world, ottawa):
    ottawa.post("/en/inbox/views/", {"box": "inbox", "query": "urgency=urgent", "shared": "1"})
    with world.acting("north-cas"):
        assert not SavedView.objects.exists()


def test_bulk_gives_an_answer_for_each_line(world, ottawa):
    one, two, hidden = world.referral(), world.referral(), world.referral("north-cas")
    ticked = [one.reference, two.reference, hidden.reference, "nonsense"]
    answer = ottawa.post("/en/inbox/bulk/", {"reference": ticked, "do": "see"})
    assert [each.is_done for each in answer.context["items"]] == [True, True, False, False]
    with database.as_role("worker"):
        assert Entry.objects.filter(verb="referral.seen").count() == 2
    me = str(world.user(OTTAWA).pk)
    answer = ottawa.post("/en/inbox/bulk/", {"reference": ticked[:2], "do": "assign", "to": me})
    assert [each.is_done for each in answer.context["items"]] == [True, True]
    lead = str(world.user(OTTAWA, Role.LEAD).pk)
    answer = ottawa.post("/en/inbox/bulk/", {"reference": ticked[:1], "do": "assign", "to": lead})
    assert [each.is_done for each in answer.context["items"]] == [False]


def test_bulk_without_a_line_or_with_a_stranger_changes_nothing(world, ottawa):
    referral = world.referral()
    assert "Tick at least one" in ottawa.post("/en/inbox/bulk/", {}, follow=True).content.decode()
    stranger = str(world.user("north-cas").pk)
    typed = {"reference": [referral.reference], "do": "assign", "to": stranger}
    assert (
        "works at your desk" in ottawa.post("/en/inbox/bulk/", typed, follow=True).content.decode()
    )


def test_the_page_says_what_came_in_since_and_polling_is_not_recorded(world, ottawa):
    since = timezone.now().isoformat().replace("+", "%2B")
    world.referral()
    with database.as_role("worker"):
        before = Entry.objects.count()
    assert "1 new" in ottawa.get(f"/en/inbox/arrivals/?since={since}").content.decode()
    with database.as_role("worker"):
        assert Entry.objects.count() == before


def test_review_next_leads_to_what_is_due_first(world, ottawa):
    world.referral(urgency="planned")
    first = world.referral(urgency="immediate")
    shown = f"{first.reference[:4]}-{first.reference[4:]}"
    assert shown in ottawa.get("/en/inbox/next/").url
    page = ottawa.get(f"/en/referrals/{shown}/")
    assert "Accept and open next" in page.content.decode()
    answer = ottawa.post(
        f"/en/referrals/{shown}/accept/", {"version": first.version, "then": "next"}
    )
    assert answer.url == "/en/inbox/next/"


def test_the_handover_says_what_whoever_comes_next_has_to_know(world, ottawa):
    soon = world.referral(urgency="immediate")
    promised = world.referral(urgency="planned")
    act(world, OTTAWA, answering.accept_referral, promised)
    asked = world.referral(urgency="planned")
    act(world, OTTAWA, answering.ask_referral, asked, questions=["language"])
    page = ottawa.get("/en/handover/")
    found = [[row.reference for row in part["rows"]] for part in page.context["sections"]]
    late, due, contacts, ours, theirs = found
    assert late == []
    assert due == [soon.reference]
    assert contacts == [promised.reference]
    assert set(ours) == {soon.reference, promised.reference}
    assert theirs == [asked.reference]


def test_a_print_is_recorded(world, ottawa):
    referral = world.referral()
    shown = f"{referral.reference[:4]}-{referral.reference[4:]}"
    assert (
        "Printed by Alex ottawa-cas" in ottawa.get(f"/en/referrals/{shown}/print/").content.decode()
    )
    with database.as_role("worker"):
        assert Entry.objects.filter(verb="referral.printed").count() == 1


def test_preferences_are_kept(world, ottawa):
    ottawa.post("/en/account/preferences/", {"one_page": "1"})
    assert ottawa.get("/en/account/preferences/").url == "/en/account/"
    user = world.user(OTTAWA)
    user.refresh_from_db()
    assert (user.shortcuts, user.one_page) == (False, True)
    assert "one-page" in ottawa.get("/en/referrals/new/").url
    assert "data-keys" not in ottawa.get("/en/inbox/").content.decode()


def test_the_first_page_is_a_link_on_later_pages_only(world, ottawa):
    for _ in range(2):
        world.referral()
    first = ottawa.get("/en/inbox/").content.decode()
    assert "First page" not in first
    with world.acting(OTTAWA) as actor:
        position = worklist.page_of(actor, Box.INBOX, limit=1).next
    after = positions.write(position, Sort.DUE)
    assert "First page" in ottawa.get("/en/inbox/", {"after": after}).content.decode()


def test_the_tab_of_drafts_counts_forms_in_progress_too(world):
    peel = Client()
    peel.force_login(world.user("peel-cas"))
    world.referral(sent=False)
    need = {"urgency": "urgent", "services": ["emergency_shelter"], "later": "1"}
    peel.post("/en/referrals/new/", need)
    tabs = peel.get("/en/inbox/").context["tabs"]
    assert next(tab["count"] for tab in tabs if tab["code"] == Box.DRAFTS) == 2
