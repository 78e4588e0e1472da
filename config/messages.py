"""Messages of the queue: one that the broker does not hear was done takes up no place."""

import celery
from celery.worker.request import Request
from kombu.transport.virtual import QoS


class Message(Request):
    """
    A message at a worker, given up even when the broker does not answer.

    Celery logs that a broker did not answer, and goes on; Kombu goes on counting the message as one
    at which the worker works. With one at a time, the worker would live and never take another. The
    broker gives the message to somebody again after its `visibility_timeout`.
    """

    def acknowledge(self) -> None:
        super().acknowledge()
        self._let_go()

    def reject(self, requeue: bool = False) -> None:  # noqa: FBT002  Celery's own
        super().reject(requeue=requeue)
        self._let_go()

    def _let_go(self) -> None:
        QoS.ack(self.message.channel.qos, self.message.delivery_tag)


class Task(celery.Task):  # type: ignore[type-arg]  # Celery's own cannot be subscripted
    Request = "config.messages:Message"
