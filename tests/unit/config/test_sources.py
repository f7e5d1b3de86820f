# SPDX-License-Identifier: Apache-2.0
"""Addresses of data: one file each, no secret, nothing that can move."""

from __future__ import annotations

import pytest

from repro_action.config.load import parse
from repro_action.config.problems import InvalidConfig
from repro_action.config.sources import SourceProblem, parse_source

COMMIT = "0123456789abcdef0123456789abcdef01234567"
CONFIG = """
version = 1
name = "x"
[[data]]
path = "d.csv"
{}
[[steps]]
name = "a"
run = ["true"]
"""


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://host/a/b.csv?download=1", "https://host/a/b.csv?download=1"),
        (
            f"hf://org/name@{COMMIT}/a b.bin".replace(" ", "%20"),
            f"https://huggingface.co/org/name/resolve/{COMMIT}/a%2520b.bin",
        ),
        (
            f"hf://datasets/org/name@{COMMIT}/d/x.csv",
            f"https://huggingface.co/datasets/org/name/resolve/{COMMIT}/d/x.csv",
        ),
        ("http://127.0.0.1:80/x", "http://127.0.0.1:80/x"),
    ],
)
def test_an_address_of_the_web_is_kept(text, address):
    assert address == parse_source(text).web_address()


def test_a_bucket_has_a_key_and_a_query_is_not_shown():
    found = parse_source("s3://bucket/deep/key.bin")
    assert ("s3", "bucket", "deep/key.bin") == (found.scheme, found.place, found.key)
    assert "https://host/x?…" == str(parse_source("https://host/x?X-Signature=secret"))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("hf://org/name@main/x", "branch or a tag"),
        ("hf://org/name/x", "branch or a tag"),
        (f"hf://org/name@{COMMIT[:7]}/x", "branch or a tag"),
        (f"hf://org/name@{COMMIT}/../x", "not a file of the hub"),
        ("https://user:pass@host/x", "name or a password"),
        ("http://host/x", "not encrypted"),
        ("ftp://host/x", "cannot|not an address"),
        ("https://host/", "one file"),
        ("s3://bucket", "one file"),
        ("s3://bucket/x?y=1", "one file"),
        ("file:///etc/passwd", "not an address"),
        ("https://host/a b", "spaces"),
        ("https://host/\x1b[2J", "spaces"),
        ("https://[::1/x", "valid"),
        ("/x", "not an address"),
    ],
)
def test_what_cannot_be_a_source_is_refused_with_a_remedy(text, what):
    with pytest.raises(SourceProblem) as caught:
        parse_source(text)
    assert any(word in caught.value.what for word in what.split("|"))
    assert caught.value.remedy


def test_the_configuration_says_where_a_wrong_address_is(tmp_path):
    with pytest.raises(InvalidConfig, match=r"repro.toml:6: data\[0\].source: .*branch or a tag"):
        parse(CONFIG.format('source = "hf://a/b@main/c"'), tmp_path / "repro.toml")


def test_an_address_is_of_a_file_and_no_folder(tmp_path):
    text = CONFIG.format(f'source = "https://h/x"\ndigest = "tree1-blake3:{"0" * 64}"')
    with pytest.raises(InvalidConfig, match="folder"):
        parse(text, tmp_path / "repro.toml")


def test_data_without_a_digest_is_read_and_waits_for_its_pin(tmp_path):
    config = parse(CONFIG.format('source = "https://h/x"'), tmp_path / "repro.toml")
    assert () == config.data
    assert [("d.csv", "https://h/x")] == [(one.path, one.source) for one in config.unpinned]
