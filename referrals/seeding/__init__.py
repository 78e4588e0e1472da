"""Synthetic activity for the demo: a believable year, through the real actions."""

from referrals.seeding.year import seed

__all__ = ["seed"]
