"""
What a grant is, for any kind of object: this desk may see it, because, until.

django-guardian's direct-foreign-key group permission, extended. Made and ended by
`coordination.access` alone; guardian's own shortcuts are closed, since they know no reason or end.
"""

from typing import Any, ClassVar, NoReturn, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from guardian.managers import GroupObjectPermissionManager
from guardian.models import GroupObjectPermissionBase

from coordination.fields import CodeField


class GrantQuerySet(models.QuerySet["Grant"]):
    def current(self) -> Self:
        """Return grants in force now, by the database's clock."""
        return self.filter(Q(until=None) | Q(until__gt=Now()))


class GrantManager(GroupObjectPermissionManager.from_queryset(GrantQuerySet)):  # type: ignore[misc]
    def _closed(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise TypeError("A grant needs a reason: use access.give().")

    assign_perm = bulk_assign_perm = assign_perm_to_many = _closed
    remove_perm = bulk_remove_perm = remove_perm_from_many = _closed


class Grant(GroupObjectPermissionBase):
    """One row per desk, object and reason. Children add `content_object`, guardian's own name."""

    reason = CodeField("access_reason")
    source = models.CharField(max_length=60, help_text="the subject that caused it")
    until = models.DateTimeField(null=True)

    objects = GrantManager()  # type: ignore[misc]  # guardian declares a class variable

    key: ClassVar[tuple[str, ...]] = ("group", "content_object", "reason")
    """What a grant is one of: giving it again renews it."""

    class Meta:  # not Base.Meta: that brings back unique_together without the reason
        abstract = True

    def __str__(self) -> str:
        # Guardian's own reads the object, and fails where row-level security hides it.
        return f"{self.group_id}: {self.reason}"
