"""Training: who completed which course, and what a desk asks of whoever accepts there."""
