"""Starts and stops what the portal runs on: its own PostgreSQL and Valkey, web, worker and beat.

Nothing in here imports Django: the environment is made before the settings are read.
"""
