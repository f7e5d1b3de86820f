# SPDX-License-Identifier: Apache-2.0
"""What a registry answers is bounded, and rights go nowhere that it only names."""

import json

import pytest
import requests

from repro_action import oci_registry
from repro_action.oci_registry import OciRepository, RegistryError


class Answer:
    """An answer of a server, as requests has it."""

    def __init__(self, status, body=b"", url="https://host/v2/a/x", **headers):
        self.status_code, self.raw, self.url = status, self, url
        self.body, self.sent = body, False
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def read1(self, size, **_):
        body = b"" if self.sent else self.body
        self.sent = bool(body)  # then the end, then the body again for the next request
        return body


@pytest.fixture
def serve(monkeypatch):
    """Return what lets a repository meet a list of answers, and the requests that it made."""
    asked = []

    def served(*answers):
        waiting = list(answers)

        def request(session, method, address, **more):
            asked.append((method, address, more.get("headers") or {}))
            return waiting.pop(0)

        monkeypatch.setattr(requests.Session, "request", request)
        return OciRepository(host="host", name="a")

    monkeypatch.setenv("REPRO_REGISTRY", "host")
    monkeypatch.setenv("REPRO_REGISTRY_USER", "u")
    monkeypatch.setenv("REPRO_REGISTRY_PASSWORD", "hush")
    served.asked = asked
    return served


def test_rights_go_to_the_registry_after_it_asked_for_them(serve):
    repository = serve(Answer(401, WWW_Authenticate='Basic realm="x"'), Answer(404))
    assert repository.manifest("archive") is None
    assert "Authorization" not in serve.asked[0][2]
    assert serve.asked[1][2]["Authorization"].startswith("Basic ")


@pytest.mark.parametrize("named", ["", "other", "host:443"])
def test_a_host_that_the_environment_does_not_name_gets_no_rights(serve, monkeypatch, named):
    monkeypatch.setenv("REPRO_REGISTRY", named)
    repository = serve(Answer(401, WWW_Authenticate='Basic realm="x"'))
    with pytest.raises(RegistryError, match="wants a user"):
        repository.manifest("archive")
    assert not any("Authorization" in headers for _, _, headers in serve.asked)


@pytest.mark.parametrize("realm", ["http://elsewhere/token", "http://host/token", "ftp://host/", "", "//"])
def test_no_rights_go_to_a_token_service_without_encryption(serve, realm):
    repository = serve(Answer(401, WWW_Authenticate=f'Bearer realm="{realm}",service="s"'))
    with pytest.raises(RegistryError, match="no token service that can be trusted") as caught:
        repository.manifest("archive")
    assert "hush" not in str(caught.value)
    assert len(serve.asked) == 1


def test_no_rights_go_to_where_blobs_are_stored(serve):
    repository = serve(
        Answer(401, WWW_Authenticate='Basic realm="x"'),
        Answer(307, Location="https://store.example/blob?signed"),
        Answer(200, b"bytes"),
    )
    assert b"".join(repository.blob("sha256:0")) == b"bytes"
    assert "Authorization" not in serve.asked[2][2]


def test_a_blob_does_not_come_from_an_address_without_encryption(serve):
    repository = serve(Answer(307, Location="http://169.254.169.254/latest"))
    with pytest.raises(RegistryError, match="not encrypted"):
        repository.blob("sha256:0")


def test_an_upload_goes_to_the_registry_alone(serve, tmp_path):
    repository = serve(Answer(202, Location="https://elsewhere/v2/a/blobs/uploads/1"))
    with (tmp_path / "x").open("wb+") as file, pytest.raises(RegistryError, match="another server"):
        repository.put_blob("sha256:0", file)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 100_000])
def test_a_malformed_manifest_is_refused(serve, body):
    with pytest.raises(RegistryError, match=r"not JSON|not a table"):
        serve(Answer(200, body)).manifest("archive")


def test_a_manifest_that_is_too_large_is_refused(serve, monkeypatch):
    monkeypatch.setattr(oci_registry, "MAX_MANIFEST", 10)
    with pytest.raises(RegistryError, match="too large"):
        serve(Answer(200, b"{" + b" " * 20 + b"}")).manifest("archive")


def test_a_manifest_of_another_digest_is_refused(serve):
    with pytest.raises(RegistryError, match="another manifest"):
        serve(Answer(200, b"{}")).manifest("sha256:" + "0" * 64)


def test_a_list_of_tags_without_end_is_cut(serve):
    page = Answer(200, json.dumps({"tags": ["x"] * 500}).encode(), Link='</v2/a/tags/list?n=500>; rel="next"')
    assert len(serve(*[page] * 500).tags(1000)) == 1500


@pytest.mark.parametrize("length", ["", "-1", "many"])
def test_a_size_that_is_no_size_is_refused(serve, length):
    with pytest.raises(RegistryError, match="does not say how large"):
        serve(Answer(200, Content_Length=length)).blob_size("sha256:0")
