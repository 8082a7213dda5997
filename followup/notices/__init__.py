"""Interview notices: how they are worded, set and printed."""
