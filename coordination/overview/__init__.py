"""The Office's overview: what was released of a period, as findings, charts and tables."""
