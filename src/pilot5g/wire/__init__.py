"""Octets to values and back, and leaf engines with no I/O and no clock."""
