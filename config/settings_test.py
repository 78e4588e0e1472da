"""The settings of the tests: a fast password hasher, and no waiting."""

from config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

LATE_SECONDS = 10**9  # without a worker everything is late; the banner has tests of its own

# The tests ask more often than people do; the limits have a test of their own.
REST_FRAMEWORK = {
    **REST_FRAMEWORK,  # noqa: F405
    "DEFAULT_THROTTLE_RATES": dict.fromkeys(THROTTLE_RATES, "100000/min"),  # noqa: F405
}
