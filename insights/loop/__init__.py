"""The dashboard's part about what became of it: matters, follow-ups, units, notices."""
