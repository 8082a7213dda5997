"""The portal's settings for tools that only read the code (mypy); they need no servers and no real keys."""

import os

from opinion_portal.startup.embedded import environment_without_servers

os.environ.update(environment_without_servers())

from opinion_portal.settings import *  # noqa: F403 (the environment comes first)
