"""What went wrong with the database, for somebody at a terminal."""

from django.db import Error, OperationalError

NOT_PREPARED = "The database is empty or older than this program: `make run` prepares it, or run these two first: "
PREPARATION = "`manage.py migrate` and `manage.py load_reference`."
UNDEFINED_COLUMN, UNDEFINED_TABLE = "42703", "42P01"


def fault_said(error: Error) -> str:
    """One sentence on what a person has to put right; empty when the fault is the program's own."""
    if getattr(error.__cause__, "pgcode", None) in {UNDEFINED_COLUMN, UNDEFINED_TABLE}:
        return NOT_PREPARED + PREPARATION
    if isinstance(error, OperationalError):
        return f"The database cannot be used: {str(error).strip().splitlines()[0]}"
    return ""
