"""Fixtures of this room."""

import os
import time

import pytest

from repro_action.data.signature import RACY_NS
from repro_action.data.stat_cache import StatCache


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    return root


@pytest.fixture
def cache(project):
    with StatCache(project / ".repro" / "cache" / "stat.sqlite", root=project) as result:
        yield result


@pytest.fixture
def write(project):
    """Write a file of the project; its name may be bytes."""

    def put(path, content=b"content", *, root=project):
        place = root / os.fsdecode(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
        return place

    return put


@pytest.fixture(scope="session")
def settled(tmp_path_factory):
    """Give folders `0` to `19` whose files are old enough to be believed; a test takes one and may change it."""
    root = tmp_path_factory.mktemp("settled")
    for number in range(20):
        for name, content in {"a.csv": b"x,y\n1,2\n", "sub/b.bin": b"\0\1", "c": b"c"}.items():
            path = root / str(number) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        (root / str(number) / "link").symlink_to("c")
    # The change time cannot be set, so there is no way but to wait.
    time.sleep((RACY_NS + 100_000_000) / 1e9)
    numbers = iter(range(20))
    return lambda: root / str(next(numbers))
