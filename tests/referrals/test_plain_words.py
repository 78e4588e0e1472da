"""What a page says is true, said once, and the same thing everywhere."""

from django.utils import translation

from referrals import wording
from referrals.actions.answering import accept_referral
from tests.referrals.test_afterwards import page
from tests.referrals.test_leading import shown
from tests.referrals.test_life_cycle import act

PEEL, OTTAWA = "peel-cas", "ottawa-cas"


def test_the_bar_of_a_phone_shows_two_actions_and_the_rest_in_whole_words(world):
    referral = act(world, OTTAWA, accept_referral, world.referral())
    told = page(world, OTTAWA, f"referrals/{shown(referral.reference)}/", "fr")
    bar, more = told.split('<div class="actbar">')[1].split("<summary")
    assert bar.count("ontario-button--") == 2
    assert "Annuler l’acceptation" in bar
    for words in ("Le service a commencé", "Mettre sur la liste d’attente", "Rendre l’aiguillage"):
        assert words in more
    with translation.override("fr"):
        assert str(wording.SHORT["start"]) == "Service commencé", "not where one starts"
