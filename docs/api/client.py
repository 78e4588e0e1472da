"""
A client of Relay's API, to read and to start from. Standard library only.

    relay = Relay("https://relay.example/api/v1", token="relay_...")
    case = relay.open_case(age_band="18_20", gender_identity="woman_girl", ...)
"""

import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

TIMEOUT = 30  # seconds
TOO_MANY = 429
WAITS = 2
"""How often a request waits as long as a 429 says, before that is raised too."""


class Problem(Exception):
    """An answer that refuses: `status`, a sentence in `detail`, wrong fields in `errors`."""

    def __init__(self, status: int, body: dict[str, Any], headers: Any) -> None:
        super().__init__(f"{status}: {body.get('detail')}")
        self.status = status
        self.detail = body.get("detail", "")
        self.errors = body.get("errors", {})
        self.actions = body.get("actions", [])
        """Of a 409: the verbs that are possible now."""
        self.retry_after = int(headers.get("Retry-After", 0))
        """Of a 429: seconds to wait."""


class Relay:
    """One person's token, acting at one desk: name it if the person sits at several."""

    def __init__(self, url: str, *, token: str, desk: str = "") -> None:
        self.url = url.rstrip("/")
        self.headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
        if desk:
            self.headers["X-Acting-Desk"] = desk

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        address = f"{self.url}/{path}"
        return self._ask("GET", f"{address}?{urlencode(query)}" if query else address)

    def create(self, path: str, body: dict[str, Any], *, key: str = "") -> dict[str, Any]:
        """Create something, once a key: after a lost answer, ask again with the same key."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self._ask("POST", f"{self.url}/{path}", body, headers)

    def act(self, referral: dict[str, Any], verb: str, **body: Any) -> dict[str, Any]:
        """
        Use one of the verbs in `referral["actions"]`.

        The version that was read goes along: if somebody changed it since, the answer is 412.
        """
        headers = {"If-Match": f'"{referral["version"]}"'}
        path = f"{self.url}/referrals/{referral['reference']}/{verb}"
        return self._ask("POST", path, body, headers)

    def box(self, name: str, **filters: Any) -> Iterator[dict[str, Any]]:
        """Yield the referrals of a box, page by page: inbox, waiting, active, sent, closed, ..."""
        page = self.get("referrals", box=name, **filters)
        while True:
            yield from page["results"]
            if not page["next"]:
                return
            page = self._ask("GET", page["next"])

    def open_case(self, **facts: Any) -> dict[str, Any]:
        return self.create("cases", facts)

    def refer(self, case: str, **given: Any) -> dict[str, Any]:
        """Send a referral: to_desk, services, urgency and basis; `key` makes it safe to repeat."""
        key = given.pop("key", "")
        return self.create("referrals", {"case": case, **given}, key=key)

    def _ask(
        self,
        method: str,
        address: str,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310  the address is the caller's own
            address, data, {**self.headers, **(headers or {})}, method=method
        )
        for waits_left in reversed(range(WAITS + 1)):
            try:
                with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
                    found: dict[str, Any] = json.load(answer)
                    return found
            except urllib.error.HTTPError as error:
                problem = Problem(error.code, _read(error), error.headers)
            # 429 comes before anything is done, so that asking again is always safe.
            if problem.status != TOO_MANY or not waits_left:
                break
            time.sleep(problem.retry_after)
        raise problem


def _read(error: urllib.error.HTTPError) -> dict[str, Any]:
    """Return the problem document; a proxy in between may answer with something else."""
    if error.headers.get_content_type() != "application/problem+json":
        return {"detail": error.reason}
    found: dict[str, Any] = json.load(error)
    return found
