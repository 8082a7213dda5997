"""Texts to residents and officers, and what they answer."""
