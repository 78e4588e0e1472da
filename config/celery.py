"""The Celery application. What it runs and when is in the settings."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("relay", task_cls="config.messages:Task")
app.config_from_object("django.conf:settings", namespace="CELERY")
# JSON only: a message is data. A pickle in the broker would be code that runs as the worker.
app.conf.update(task_serializer="json", result_serializer="json", accept_content=["json"])
app.autodiscover_tasks()


@setup_logging.connect
def _log_as_django_does(**_asked: object) -> None:
    """Keep the settings' LOGGING: Celery's own would quote what a task failed on."""
