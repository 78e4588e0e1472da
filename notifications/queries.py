from coordination.access import Actor
from notifications.models import Notice

CAP = 100


def unread(actor: Actor) -> int:
    """Return how many notices a person has not dealt with, counted up to CAP."""
    return Notice.objects.visible_to(actor).unread()[:CAP].count()
