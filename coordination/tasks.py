"""What Celery does for the network by itself; any task may run twice or be lost."""

import time

from celery import shared_task
from django.conf import settings

from audit import sweeps
from coordination.disposing import dispose

SECONDS = 60.0
"""How long one run goes on: below the time limit of tasks, as the next run goes on."""


@shared_task(name="coordination.dispose", ignore_result=True)
def dispose_of_what_is_due() -> None:
    until = time.monotonic() + SECONDS
    for code in settings.DISPOSERS:
        while time.monotonic() < until and dispose(code, at=sweeps.now()):
            pass
