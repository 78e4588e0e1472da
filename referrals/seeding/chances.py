"""
How often what happens in the demo's year: invented, and meant to look like a province at work.

Weights, not measurements. No real organization has these numbers.
"""

from collections.abc import Mapping

from referrals import questions

URGENCIES = {"immediate": 5, "crisis": 12, "urgent": 35, "priority": 33, "planned": 15}

ENDINGS = {
    "complete": 39,
    "reopen": 1,
    "serve": 8,
    "waitlist": 6,
    "contact": 8,
    "give_back": 6,
    "decline": 22,
    "withdraw": 5,
    "close": 2,
    "undo": 1,
    "external": 2,
    "lapse": 1,
    "minimum": 1,
}
"""
What becomes of a referral of the past; "serve" and the like are still going on.

Of "lapse" and "minimum" the person took the consent back, before or after somebody accepted.
"""

HANDOFFS = (
    ("warm", "accept"),
    ("emergency", "accept"),
    ("standard", "decline"),
    ("shared", "accept"),
    ("standard", "outside"),
    ("warm", "withdraw"),
    ("standard", "lapse"),
)
"""Each once before chance decides: the type of a hand-off, and what becomes of it."""

HANDOFF_TYPES = {"warm": 46, "standard": 28, "emergency": 16, "shared": 10}
HANDOFF_ENDINGS = {"accept": 68, "decline": 16, "withdraw": 6, "outside": 7, "lapse": 3}

AFTERWARDS = {"": 68, "close": 23, "follow_up": 6, "hand_off": 3}
"""What becomes of a case once its referral is told."""

CLOSURE_REASONS = {"goals_met": 60, "survivor_ended": 18, "lost_contact": 17, "not_eligible": 5}

AFTER_DECLINE = {"reroute": 78, "resolve": 14, "leave": 8}
MOST_DOORS = 4

DECLINE_REASONS = {
    "no_capacity": 34,
    "waitlist_too_long": 14,
    "outside_mandate": 10,
    "age_eligibility": 9,
    "outside_area": 9,
    "needs_exceed": 7,
    "more_appropriate": 6,
    "survivor_declined": 5,
    "unable_to_reach": 3,
    "language_match": 3,
}
GIVE_BACK_REASONS = {"capacity_lost": 4, "needs_changed": 5, "person_moved": 4, "person_asked": 2}
WITHDRAW_REASONS = {"found_elsewhere": 5, "no_longer_needed": 3, "no_answer": 3, "safety": 1}
OUTCOMES = {
    "connected": 55,
    "partially_met": 16,
    "informed": 9,
    "connected_other_region": 5,
    "not_ready": 6,
    "lost_contact": 6,
    "systemic_gap": 3,
}
RESOLVE_REASONS = {"served_otherwise": 5, "person_decided": 4, "no_service_exists": 2}

CORRIDOR = (
    "windsor",
    "london",
    "waterloo",
    "hamilton",
    "peel",
    "toronto",
    "durham",
    "kingston",
    "cornwall",
    "ottawa",
)
"""Teams along Highway 401 from west to east; people are moved between neighbours most."""

SLOW_SHARE = 7
"""One desk in so many takes much longer than the others."""

AGE_BANDS = {
    "12_15": 8,
    "16_17": 15,
    "18_20": 26,
    "21_23": 17,
    "24_29": 16,
    "30_38": 10,
    "39_47": 3,
    "unknown_adult": 3,
    "unknown": 2,
}
ADULT = ("18_20", "21_23", "24_29", "30_38")
REPORTS = {"reported": 9, "not_yet": 1}
GENDERS = {
    "woman_girl": 82,
    "man_boy": 7,
    "trans_woman_girl": 3,
    "two_spirit": 3,
    "non_binary": 3,
    "not_disclosed": 2,
}
SITUATIONS = {"at_risk": 30, "current": 25, "left_recently": 30, "left_earlier": 13, "unknown": 2}
LANGUAGES = {"en": 74, "fr": 12, "oj": 3, "cr": 2, "es": 3, "hu": 2, "zh": 2, "pa": 2}
INDIGENOUS_LED = {"not_asked": 55, "no": 22, "if_available": 13, "first_choice": 10}
FLAGS = {"": 60, "trafficker_unaware": 12, "no_housing": 18, "no_status": 5, "pregnant": 5}
CONTACT_RULES = {"": 45, "no_voicemail_text": 30, "through_worker": 15, "safe_hours": 10}
ACCESS_NEEDS = {"": 80, "interpreter": 10, "step_free": 10}
DEPENDANTS = {"0": 78, "1": 13, "2": 6, "3": 3}
QUESTIONS = {"arrival_window": 4, "transport": 3, "language": 2, "dependants": 2, "eligibility": 2}
ANSWERS = {"yes": 3, "no": 2, "today": 1, "tomorrow": 2, "by_phone": 2}
PROVINCES = {"qc": 6, "mb": 2, "ab": 1, "bc": 1}

Weights = Mapping[str, int]


def answers_to(question: str) -> Weights:
    fitting = questions.answers_to(question)
    return {answer: weight for answer, weight in ANSWERS.items() if answer in fitting}
