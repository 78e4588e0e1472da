"""
Run a command in production's shape without any server: `python -m config.launch.dry COMMAND`.

For checks that import the settings but never connect. Variables that are set stay as they are.
"""

import os
import sys
from pathlib import Path

from config.launch import environment

NOWHERE = {
    "RELAY_ENV": "production",
    "SECRET_KEY": "only-for-checks-" * 4 + "0123456789",
    "DATABASE_URL": "postgresql://relay_app:none@127.0.0.1:1/relay",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "PYTHONPATH": str(environment.ROOT),
}


def main() -> None:
    words = sys.argv[1:]
    program = str(Path(words[0]).absolute())  # not resolved: a venv's python is a link
    os.execve(program, [program, *words[1:]], {**NOWHERE, **os.environ})


if __name__ == "__main__":
    main()
