"""What the processes run with to which the faults are done: as an installation, but in haste."""

from config import env
from config.settings_test import *  # noqa: F403

LATE_SECONDS = env.number("LATE_SECONDS", 3)
RETRY_SECONDS = [1, 1, 1, 1]
RECORD_FOLLOWERS = {**RECORD_FOLLOWERS, "pace": "tests.faults.poison.learn"}  # noqa: F405
CELERY_BEAT_SCHEDULE = {
    name: {**entry, "schedule": 1.0} if entry["schedule"] == 5.0 else entry
    for name, entry in CELERY_BEAT_SCHEDULE.items()  # noqa: F405
}
