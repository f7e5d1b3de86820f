# SPDX-License-Identifier: Apache-2.0
"""What every request by HTTP keeps to."""

import io
import math
from pathlib import Path

import pytest
import requests
import urllib3

from repro_action import http_exchange
from repro_action.http_exchange import bounded_body, new_session


def answer(content):
    made = requests.Response()
    made.raw = urllib3.HTTPResponse(io.BytesIO(content), preload_content=False)
    return made


def body(content, *, limit, end=math.inf):
    late, long = TimeoutError(), OverflowError()
    return bounded_body(answer(content), limit=limit, end=end, too_long=long, too_slow=late)


def test_a_body_is_whole_up_to_its_limit():
    assert body(b"x" * 200_000, limit=200_000) == b"x" * 200_000


def test_a_body_beyond_its_limit_is_the_callers_error():
    with pytest.raises(OverflowError):
        body(b"x" * 200_001, limit=200_000)


def test_a_body_after_its_time_is_the_callers_error():
    with pytest.raises(TimeoutError):
        body(b"x", limit=10, end=-math.inf)


@pytest.mark.parametrize("address", ["https://example.org/x", "https://user:secret@example.org/x"])
def test_no_login_is_sent_that_nobody_named(address, monkeypatch, tmp_path: Path):
    (tmp_path / "netrc").write_text("machine example.org login user password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with new_session() as session:
        sent = session.prepare_request(requests.Request("GET", address))
    assert "Authorization" not in sent.headers


def test_a_login_that_was_named_is_sent():
    def login(request):
        request.headers["Authorization"] = "Bearer x"
        return request

    with new_session(login) as session:
        sent = session.prepare_request(requests.Request("GET", "https://example.org/x"))
    assert sent.headers["Authorization"] == "Bearer x"


def test_a_body_that_drips_is_given_up(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(http_exchange.time, "monotonic", lambda: now[0])

    def sent(size):
        for _ in range(10):
            now[0] += 60
            yield b"a" * size

    drips = http_exchange.steady(sent(1), TimeoutError())
    assert [b"a"] * 3 == [next(drips) for _ in range(3)]
    with pytest.raises(TimeoutError):
        next(drips)
    assert 10 == len(list(http_exchange.steady(sent(70_000), TimeoutError())))


def test_a_byte_is_there_as_soon_as_it_comes():
    class Dripping(io.BytesIO):
        def read1(self, size=-1):
            return super().read1(min(size, 1))

        def read(self, size=-1):
            raise AssertionError("it waits until a piece is full")

    made = requests.Response()
    made.raw = urllib3.HTTPResponse(Dripping(b"abc"), preload_content=False)
    assert [b"a", b"b", b"c"] == list(http_exchange.arriving(made, 1 << 16))
