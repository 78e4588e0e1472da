"""A mail server on this machine that keeps what it takes, and can be slow, rude or away."""

import asyncio
import contextlib
import email
from email import policy

from aiosmtpd.controller import Controller

from tests.processes import free_port


class MailSink:
    def __init__(self):
        self.taken, self.failed = [], 0
        self.port, self.controller = free_port(), None
        self.heal()

    def start(self):
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def stop(self):
        with contextlib.suppress(AttributeError, AssertionError):
            self.controller.stop()
        self.controller = None

    def heal(self):
        self.answer, self.seconds = "250 OK", 0.0

    @property
    def environment(self):
        return {
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(self.port),
            "EMAIL_TLS": "0",
            "EMAIL_FROM": "relay@relay.example",
            "PUBLIC_URL": "https://relay.example",
        }

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        await asyncio.sleep(self.seconds)
        if self.answer.startswith("250"):
            self.taken.append(email.message_from_bytes(envelope.content, policy=policy.default))
        else:
            self.failed += 1
        return self.answer

    @property
    def ids(self):
        return [mail["Message-ID"] for mail in self.taken]
