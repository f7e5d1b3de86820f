# SPDX-License-Identifier: Apache-2.0
"""What every request by HTTP keeps to."""

import io
import math
from pathlib import Path

import pytest
import requests

from repro_action.http_exchange import bounded_body, new_session


def answer(content):
    made = requests.Response()
    made.raw = io.BytesIO(content)
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
