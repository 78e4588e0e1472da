"""What happens without anybody's click: the queue, the record's followers, what is owed by time."""

from celery.schedules import crontab

from config import env

CELERY_BROKER_URL = env.broker(env.text("REDIS_URL"))
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a broker may be away for hours
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 2,  # seconds; a frozen broker holds a request no longer than this
    "socket_connect_timeout": 1,
    "socket_keepalive": True,
    "health_check_interval": 25,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 120  # seconds; below the visibility timeout
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30  # seconds to finish in, even if told to end at once
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000  # KiB; what has grown is replaced between two tasks
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"

RECORD_FOLLOWERS = {
    "notify": "notifications.telling.notify",
    "pace": "coordination.pace.learn",
    "ladder": "coordination.steps.plan",
    "count": "coordination.counting.tallies.count",
}
"""Follower of the record -> the function that applies one entry. See audit.followers."""

LADDERS = {
    "referral": "referrals.ladder.referrals",
    "handoff": "referrals.ladder.handoffs",
    "desk": "coordination.ladder.desks",
    "action": "coordination.group_ladder.actions",
    "completion": "coordination.training.ladder.completions",
}
"""Kind of subject -> what happens when nobody acts in time. See coordination.steps."""

SWEEPS = {
    "imports": "cases.actions.arriving.make_due",
    "ladder": "coordination.steps.climb",
    "mail": "notifications.mailing.send_due",
    "gauges": "audit.gauges.measure",
    "leaving": "referrals.actions.leaving.pass_on",
    "reviews": "coordination.reviews.open_due",
    "releases": "coordination.releasing.publishing.publish_due",
    "training": "coordination.training.watching.look",
    "sealing": "coordination.releasing.depositing.seal_due",
    "counts": "coordination.counting.tallies.compact",
    "ends": "referrals.actions.consenting.carry_out_ends",
}
"""What is owed by time -> the function that does what is due. See audit.sweeps."""

if env.text("RELAY_ENV", "production") == "demo":
    SWEEPS["stewards"] = "coordination.network.demo_stewards.decide_in_demo"

RELEASE_MONTHS = env.flag("RELEASE_MONTHS", default=True)
"""Whether months are released by themselves; what they show, their quarter cannot hide any more."""

RETRY_SECONDS = [5, 15, 60, 300]
"""How long a row rests after each failure; what fails once more is parked. See audit.retries."""

GAUGES = ["audit.gauges.followers", "coordination.steps.gauge", "notifications.mailing.gauge"]
RARE_GAUGES = {"grants": "referrals.drift.gauge"}
"""What takes too long to be measured every few seconds, by name: measured once an hour."""

LATE_SECONDS = 60
"""What is owed for longer is said on every page: people are told late."""

TELLING_NOBODY = ["count", "pace"]
"""Followers that tell nobody: what they still owe, after a year was loaded, makes nobody late."""


def _every_5_seconds(task: str, **kwargs: str) -> dict[str, object]:
    """Have beat send a task that is worth nothing once the next one is sent: none pile up."""
    return {"task": task, "schedule": 5.0, "kwargs": kwargs, "options": {"expires": 10}}


CELERY_BEAT_SCHEDULE = (
    {f"follow-{name}": _every_5_seconds("audit.follow", follower=name) for name in RECORD_FOLLOWERS}
    | {f"sweep-{name}": _every_5_seconds("audit.sweep", name=name) for name in SWEEPS}
    | {"measure-rarely": {"task": "audit.measure_rarely", "schedule": 3600.0}}
    | {"forget-unsent": {"task": "referrals.forget_unsent", "schedule": 3600.0}}
    # Several times a night: each run ends before its time limit, and the next goes on.
    | {"dispose": {"task": "coordination.dispose", "schedule": crontab(hour="2-4", minute="*/10")}}
)

DISPOSERS = {
    "cases": "referrals.disposal.CASES",
    "errors": "referrals.disposal.ERRORS",
    "words": "referrals.disposal.WORDS",
    "drafts": "referrals.disposal.DRAFTS",
    "looks": "coordination.disposing.LOOKED",
    "sessions": "coordination.disposing.SESSIONS",
    "notices": "notifications.disposal.NOTICES",
    "deliveries": "notifications.disposal.DELIVERIES",
    "keys": "coordination.disposing.KEYS",
    "requests": "coordination.line_disposal.REQUESTS",
    "processes": "coordination.line_disposal.PROCESSES",
    "breaches": "coordination.line_disposal.BREACHES",
    "groups": "coordination.group_disposal.GROUPS",
}
"""Class of the retention table -> who disposes of what is due. See coordination.disposing."""
