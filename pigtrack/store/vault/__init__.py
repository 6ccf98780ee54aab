"""Originals, kept for good: content-addressed, sealed with a key per subject, never overwritten."""
