"""What the processes run with to which the faults are done: as an installation, or in haste."""

from config import env
from config.settings_test import *  # noqa: F403

RECORD_FOLLOWERS = {**RECORD_FOLLOWERS, "pace": "tests.faults.poison.learn"}  # noqa: F405
if env.text("PACE") == "haste":
    LATE_SECONDS = 3
    RETRY_SECONDS = [1, 1, 1, 1]
    CELERY_BEAT_SCHEDULE = {
        name: {**entry, "schedule": 1.0} if entry["schedule"] == 5.0 else entry
        for name, entry in CELERY_BEAT_SCHEDULE.items()  # noqa: F405
    }
