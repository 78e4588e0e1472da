"""Releases: the fixed tables of a closed period, computed once, checked, stored and signed."""
