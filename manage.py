#!/usr/bin/env python
"""Django's commands. While the demo runs, they find it without being told where it is."""

import os
import sys

from config.launch.environment import adopt


def main() -> None:
    adopt(sys.argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
