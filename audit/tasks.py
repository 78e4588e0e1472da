"""The Celery side of followers: arguments are names only, and any task may run twice or be lost."""

from celery import shared_task

from audit import followers


@shared_task(name="audit.follow", ignore_result=True)
def follow(*, follower: str) -> None:
    followers.drain(follower)
