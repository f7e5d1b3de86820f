"""What stands in this folder is imported by its own name.

The folder cannot be a package: tests/ is on the path, and `github` is PyGithub's name.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from loopback.fixtures import hub
from world import made

__all__ = ["hub"]


@pytest.fixture
def world(hub):
    return made(hub)
