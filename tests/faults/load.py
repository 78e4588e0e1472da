"""Desks at work through the API, from several threads: each request is sent again until answered."""

import json
import random
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter

from tests.ends import FAR

CASE = {
    "age_band": "18_20",
    "gender_identity": "woman_girl",
    "situation": "current",
    "service_language": "en",
}
GIVE_UP_SECONDS = 120
HTTP_SECONDS = 30
NO_ANSWER = 599


def referral_of(case, urgency):
    return {
        "case": case["reference"],
        "to_desk": "ottawa-cas",
        "services": ["emergency_shelter"],
        "urgency": urgency,
        "basis": {
            "code": "express_informed",
            "audience": ["cas"],
            "form": "spoken",
            "until": FAR,
        },
    }


class Load:
    """
    Opens cases, sends referrals, accepts, starts and declines, and keeps what it was answered.

    `done` holds verb and subject of each change that was answered with success; `faults` counts
    every other answer, but that of a request sent again which had come through before.
    """

    def __init__(self, url, world, *, seed, threads=2):
        self.url, self.seed = url, seed
        self.tokens = {desk: world.token(desk) for desk in ("peel-cas", "ottawa-cas")}
        self.done, self.faults, self.given_up, self.broken = [], Counter(), 0, []
        self.seconds, self.slowest = [], 0.0
        self.answered_at = time.monotonic()
        self.longest_outage = 0.0
        self.stopping = threading.Event()
        self.threads = [
            threading.Thread(target=self._run, args=(random.Random(f"{seed}-{each}"),))
            for each in range(threads)
        ]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_error):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        assert not self.broken, self.broken

    @property
    def references(self):
        """Referrals whose sending was answered."""
        return [subject for verb, subject in self.done if verb == "referral.sent"]

    def _run(self, chance):
        try:
            while not self.stopping.is_set():
                self.one_story(chance)
        except Exception as error:
            self.broken.append(repr(error))

    def one_story(self, chance):
        case = self._create("cases", CASE, "case.opened", "case")
        wanted = case and referral_of(case, chance.choice(["urgent", "urgent", "immediate"]))
        referral = wanted and self._create("referrals", wanted, "referral.sent", "referral")
        if not referral:
            return
        match chance.choice(["accept", "accept", "decline", "wait"]):
            case "accept":
                if accepted := self._do(referral, "accept", "referral.accepted"):
                    self._do(accepted, "start", "referral.started")
            case "decline":
                self._do(referral, "decline", "referral.declined", {"reason": "no_capacity"})

    def _create(self, path, body, verb, kind):
        key = {"Idempotency-Key": str(uuid.uuid4())}
        _again, made = self._until_answered("peel-cas", path, body, key)
        return self._noted(verb, kind, made)

    def _do(self, referral, verb, event, body=None):
        """Do one verb; if it came through and only its answer was lost, it is not counted."""
        reference = referral["reference"]
        match = {"If-Match": f'"{referral["version"]}"'}
        path = f"referrals/{reference}/{verb}"
        _again, made = self._until_answered("ottawa-cas", path, body or {}, match)
        return self._noted(event, "referral", made)

    def _noted(self, verb, kind, made):
        if made:
            self.done.append((verb, f"{kind}:{made['reference'].replace('-', '')}"))
        return made

    def _until_answered(self, desk, path, body, headers):
        until, again = time.monotonic() + GIVE_UP_SECONDS, False
        while time.monotonic() < until:
            status, made = self._post(desk, path, body, headers)
            if status < 400:
                self._answered()
                return again, made
            came_through_before = again and status in {409, 412}
            if not came_through_before:
                self.faults[status] += 1
            if status < 500 and not came_through_before:
                raise AssertionError(f"{path}: {status} {made}")
            if came_through_before:
                if status == 409 and "still being worked on" in str(made):
                    time.sleep(0.2)
                    continue
                return again, None
            again = True
            time.sleep(0.2)
        self.given_up += 1
        return again, None

    def _answered(self):
        now = time.monotonic()
        self.longest_outage = max(self.longest_outage, now - self.answered_at)
        self.answered_at = now

    def _post(self, desk, path, body, headers):
        request = urllib.request.Request(
            f"{self.url}/api/v1/{path}",
            json.dumps(body).encode(),
            {
                "Content-Type": "application/json",
                "Authorization": f"Token {self.tokens[desk]}",
                **headers,
            },
        )
        started = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=HTTP_SECONDS) as answer:
                made = json.loads(answer.read())
                self.seconds.append(time.monotonic() - started)
                return answer.status, made
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")
            if error.code == 503 and not error.headers["Retry-After"]:
                self.broken.append("503 without Retry-After")
            return error.code, said
        except (OSError, ValueError, EOFError):
            return NO_ANSWER, None  # or only half of one
        except Exception as error:  # http.client's own
            return NO_ANSWER, repr(error)
        finally:
            self.slowest = max(self.slowest, time.monotonic() - started)

    def percentile(self, share):
        ordered = sorted(self.seconds)
        return ordered[int(len(ordered) * share)] if ordered else 0.0
