"""`hub`: a GitHub server whose test fails when GitHub's API description was broken."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from loopback.description import description
from loopback.hub import Hub


@pytest.fixture
def hub(request: pytest.FixtureRequest) -> Iterator[Hub]:
    """A server; parametrize it indirectly with a base path such as '/api/v3'."""
    made = Hub(description(), getattr(request, "param", ""))
    try:
        yield made
    finally:
        made.stop()
    made.check()
