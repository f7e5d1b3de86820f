"""Digests of files."""

import hashlib
import os
import socket

import pytest
from blake3 import blake3

from repro_action.data.hash_file import digest_file, read_file
from repro_action.errors import ConfigError, PinError

SIZES = [0, 1, 2048, (256 << 10) - 1, 256 << 10, (256 << 10) + 1, 4 << 20, (4 << 20) + 1, (9 << 20) + 12345]


@pytest.mark.parametrize("size", SIZES)
def test_the_digest_is_that_of_the_bytes_at_every_size(write, size):
    content = os.urandom(size)
    path = write("big.bin", content)
    assert blake3(content).hexdigest() == digest_file(path, "blake3").value
    assert hashlib.sha256(content).hexdigest() == digest_file(path, "sha256").value
    assert hashlib.md5(content).hexdigest() == digest_file(path, "md5").value


def test_the_algorithm_stands_in_the_digest(write):
    assert str(digest_file(write("a", b"abc"), "sha256")).startswith("sha256:ba7816bf")


def test_an_unknown_algorithm_is_refused_for_small_and_large_files(write):
    for size in (1, 1 << 20):
        with pytest.raises(ConfigError, match="crc32"):
            digest_file(write("a", b"x" * size), "crc32")


def test_a_link_has_the_digest_of_its_target(write, project):
    path = write("real", b"abc")
    (project / "alias").symlink_to("real")
    assert digest_file(path, "blake3") == digest_file(project / "alias", "blake3")


def test_a_missing_file_names_its_path(project):
    with pytest.raises(PinError, match=r"nowhere\.csv cannot be read: No such file"):
        digest_file(project / "nowhere.csv", "blake3")


def test_a_folder_is_no_file(project):
    with pytest.raises(PinError, match="is a folder, not a file"):
        digest_file(project, "blake3")


def test_a_named_pipe_is_refused_without_waiting_for_a_writer(project):
    os.mkfifo(project / "pipe")
    for read in (digest_file, read_file):
        with pytest.raises(PinError, match="is a named pipe"):
            read(project / "pipe", "blake3")


def test_a_socket_is_refused(project, monkeypatch):
    monkeypatch.chdir(project)
    with socket.socket(socket.AF_UNIX) as result:
        result.bind("socket")
        with pytest.raises(PinError, match="is a socket"):
            digest_file("socket", "blake3")


def test_a_device_is_refused():
    with pytest.raises(PinError, match="is a device"):
        digest_file("/dev/zero", "blake3")


def test_a_link_round_in_a_circle_is_an_error(project):
    (project / "loop").symlink_to("loop")
    with pytest.raises(PinError, match="loop cannot be read"):
        digest_file(project / "loop", "blake3")


def test_control_characters_of_a_name_are_never_printed_raw(project):
    with pytest.raises(PinError) as caught:
        digest_file(project / "a\x1b[31m\nb\u202e", "blake3")
    assert "\x1b" not in str(caught.value)
    assert "\u202e" not in str(caught.value)
    assert r"\x1b[31m\nb\u202e" in str(caught.value)


def test_a_file_that_was_just_written_is_not_settled(write):
    assert not read_file(write("a"), "blake3").settled
