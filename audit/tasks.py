"""The Celery side of the record: arguments are names only, any task may run twice or be lost."""

from celery import shared_task

from audit import followers, gauges, sweeps
from audit.failpoints import failpoint

TURN_SECONDS = 15
"""A task that took longer would keep every other follower and sweep waiting."""


@shared_task(name="audit.follow", ignore_result=True)
def follow(*, follower: str) -> None:
    followers.drain(follower, seconds=TURN_SECONDS)
    failpoint("after_effect_before_ack")


@shared_task(name="audit.measure_rarely", ignore_result=True)
def measure_rarely() -> None:
    gauges.measure_rarely(at=sweeps.now())


@shared_task(name="audit.sweep", ignore_result=True)
def sweep(*, name: str) -> None:
    sweeps.sweep(name)
