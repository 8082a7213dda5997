"""The simulated carrier: a program of its own that speaks two SMS providers' contracts and shows a phone to answer on.

Only the standard library, only this machine (127.0.0.1), no Django. It keeps everything in one SQLite file, so a
restart loses nothing, and it can be told to misbehave as real providers do.
"""
