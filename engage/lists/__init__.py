"""Curated lists: made together, published, read."""
