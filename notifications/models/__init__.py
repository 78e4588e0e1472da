from notifications.models.mail import Delivery, Mailbox, MailPreference
from notifications.models.notice import Notice

__all__ = ["Delivery", "MailPreference", "Mailbox", "Notice"]
