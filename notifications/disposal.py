"""How notices and mails go when they have been kept long enough."""

from coordination.disposing import deleting
from notifications.models import Delivery, Notice

NOTICES = deleting(Notice.objects.all(), "created_at")
DELIVERIES = deleting(Delivery.objects.all(), "due_at")
