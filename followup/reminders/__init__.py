"""Reminders to the heads of units: a new matter, its limit before and after it comes, the criticism that follows."""
