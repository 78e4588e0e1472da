"""A follower that some entry ends the process of: as memory that runs out does."""

import os
import signal
from pathlib import Path

from django.conf import settings

from coordination import pace


def learn(entry):
    poison = Path(settings.FAILPOINTS) / "poison"
    if poison.exists() and poison.read_text() == entry.subject:
        os.kill(os.getpid(), signal.SIGKILL)
    pace.learn(entry)
