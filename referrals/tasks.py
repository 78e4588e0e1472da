"""What Celery does with referrals by itself; any task may run twice or be lost."""

from celery import shared_task

from audit import sweeps
from referrals.actions.unsent import forget_unsent


@shared_task(name="referrals.forget_unsent", ignore_result=True)
def forget() -> None:
    forget_unsent(at=sweeps.now())
