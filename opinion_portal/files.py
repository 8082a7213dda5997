"""Files that hold a secret."""

import os
from pathlib import Path


def private_write(path: Path, text: str) -> None:
    """Put ``text`` into ``path``, whole or not at all, on disk and closed to other users."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
