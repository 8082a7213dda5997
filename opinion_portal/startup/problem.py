"""The one error of the start: something a person has to put right."""


class StartupProblem(Exception):
    """Said to the person at the terminal in one sentence; never shown as a traceback."""
