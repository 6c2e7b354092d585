"""Engage: the reading-engagement service of a school library."""

__version__ = "0.1.0"
