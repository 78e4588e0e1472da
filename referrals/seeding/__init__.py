"""Synthetic activity for the demo: a believable year, through the real actions."""
