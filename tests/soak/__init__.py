"""A soak: thousands of matters played through the whole loop while everything around them breaks, then checked.

``make soak`` (or ``python -m tests.soak --matters 2000 --seed 1``) plays; ``invariants.py`` says what must hold.
"""
