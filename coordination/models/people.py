"""People: who they are, at which desks they sit, and the tokens of their agency's systems."""

import datetime as dt
from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from coordination.fields import CodeField
from coordination.models.network import Agency, Desk
from coordination.roles import RECORD_ROLES


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, **fields: Any) -> "User":
        """Return a saved user; without `password`, nobody can sign in as them."""
        password = fields.pop("password", None)
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person of one agency. There are no superusers: nothing in Relay asks for one."""

    username = models.CharField(max_length=80, unique=True)
    first_name = models.CharField(max_length=60, blank=True)
    last_name = models.CharField(max_length=60, blank=True)
    email = models.EmailField(blank=True)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="people")
    language = models.CharField(max_length=2, default="en")
    is_active = models.BooleanField(default=True)
    shortcuts = models.BooleanField(default=True, help_text="keys of the worklist act")
    one_page = models.BooleanField(default=False, help_text="new referrals on one page")
    joined_at = models.DateTimeField(db_default=Now())

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email", "agency"]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(is_superuser=False), name="user_never_superuser"),
            models.CheckConstraint(
                condition=Q(language__in=["en", "fr"]), name="user_language_official"
            ),
        ]

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.username


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> Self:
        """Return memberships in force now, by the database's clock, of active people."""
        return self.filter(
            Q(until=None) | Q(until__gt=Now()), since__lte=Now(), user__is_active=True
        )

    def owing(self) -> Self:
        """Return memberships that are over, whose person's work has no new holder yet."""
        over = Q(until__lte=Now()) | Q(user__is_active=False)
        return self.filter(over, passed_on_at=None)

    def working_records(self) -> Self:
        """Return those whose role may see and work cases and referrals."""
        return self.filter(role__in=[str(role) for role in RECORD_ROLES])


class Membership(models.Model):
    """A person sits at a desk in a role, from and until; it keeps the Django group in step."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    desk = models.ForeignKey(Desk, models.PROTECT, related_name="memberships")
    role = CodeField("role")
    since = models.DateTimeField(db_default=Now())
    until = models.DateTimeField(null=True)
    successor = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", help_text="takes over what was held here"
    )
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    passed_on_at = models.DateTimeField(null=True, help_text="what was held here has a new holder")

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "desk"], condition=Q(until=None), name="membership_one_role_a_desk"
            ),
            models.CheckConstraint(
                condition=Q(successor=None) | ~Q(successor=F("user")),
                name="membership_succeeded_by_another",
            ),
        ]
        indexes = [
            models.Index(
                fields=["until"],
                condition=Q(until__isnull=False, passed_on_at=None),
                name="membership_to_pass_on",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.desk_id} as {self.role}"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def visible_to(self, user: User) -> Self:
        """Return one's own tokens."""
        return self.filter(user=user)


class ApiToken(models.Model):
    """A named key for the API. Only its SHA-256 is kept; the text is shown once, when issued."""

    user = models.ForeignKey(User, models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField(db_default=Now())
    scope = CodeField("token_scope", default="read_write")
    expires_at = models.DateTimeField()
    last_used_on = models.DateField(null=True, help_text="a day only: no profile of movements")
    revoked_at = models.DateTimeField(null=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="token_one_of_a_name"),
            models.CheckConstraint(
                condition=Q(name__regex=r"^[a-z_]+(-[0-9]+)?$"), name="token_name_is_coded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.user_id}"

    def is_valid(self, *, at: dt.datetime) -> bool:
        return self.revoked_at is None and self.expires_at > at
