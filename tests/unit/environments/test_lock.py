# SPDX-License-Identifier: Apache-2.0
"""Laws of lock files: read as pip reads them, and nothing but hashed packages of an index comes through."""

from __future__ import annotations

import pytest

from repro_action.config.model import Config, EnvironmentConfig
from repro_action.environments.lock import LockFile, logical_lines, read_lock
from repro_action.errors import EnvironmentUnavailable

HASH = f"--hash=sha256:{64 * '0'}"
OTHER = f"--hash=sha256:{64 * '1'}"


def lock(tmp_path, text: str | bytes) -> LockFile:
    content = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "requirements.lock").write_bytes(content)
    environment = EnvironmentConfig(backend="venv", lock="requirements.lock")
    return read_lock(Config(root=tmp_path, path=tmp_path / "repro.toml", name="m", environment=environment))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("# hidden \\\n-r other.txt\n", ["-r other.txt"]),
        ("  # hidden \\\n-r other.txt\n", ["-r other.txt"]),
        ("a \\\n# note\nb\n", ["a", "b"]),
        ("a \\\n  b # note \\\n c", ["a   b"]),
        ("a#b\n", ["a#b"]),
        ("a \\", ["a"]),
        ("a\x0cb\u2028c", ["a", "b", "c"]),
    ],
)
def test_lines_are_joined_as_pip_joins_them(text, lines):
    assert lines == list(logical_lines(text))


@pytest.mark.parametrize(
    "text", ["# hidden \\\n-r other.txt\n", "a \\\n  b # note \\\n c", "a\x0cb\u2028c\\\n#\\\nd"]
)
def test_pip_itself_reads_the_same_lines(text):
    reader = pytest.importorskip("pip._internal.req.req_file")
    assert [line for _, line in reader.preprocess(text)] == list(logical_lines(text))


@pytest.mark.parametrize(
    "line",
    [
        *("-r other.txt", "--requirement=other.txt", "-c other.txt", "-e .", "--editable=.", "-rother.txt"),
        *("-i https://x", "--index-url https://x", "--extra-index-url=https://x", "-f x", "--find-links x"),
        *("--no-index", "--no-binary :all:", "--trusted-host x", "--pre", "--config-settings a=b", "--use-feature=x"),
        *(f"vendor/evil-1.0.tar.gz {HASH}", f"./x.whl {HASH}", f"evil-1.0.tar.gz {HASH}", f"../x {HASH}"),
        *(f"a @ https://x/a.whl {HASH}", f"a@file:///x {HASH}", f"https://x/a.whl {HASH}", f"git+https://x {HASH}"),
        *(f"a==1.whl {HASH}", f"a==1+x.tar.gz {HASH}", f"a==1 {HASH} --global-option=x", f"a==1 -r x {HASH}"),
        *(f"a>=1 {HASH}", f"a {HASH}", f"a==1.* {HASH}", f"a==${{HOME}} {HASH}", f"a==1 {HASH} x", f"a[x/y]==1 {HASH}"),
        *("a==1", "a==1 --hash=md5:00", f"a==1 # {HASH}", "a==1 --hash=sha256:00", f"a==1 ; python_version == '3' ; x {HASH}"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", ["", "# hidden \\\n", "b==2 \\\n  {HASH} \\\n# note\n"])
def test_what_is_no_hashed_package_is_refused(tmp_path, line, before):
    with pytest.raises(EnvironmentUnavailable):
        lock(tmp_path, f"{before.replace('{HASH}', HASH)}{line}\n")


def test_an_installer_is_given_plain_lines(tmp_path):
    read = lock(
        tmp_path,
        b"\xef\xbb\xbf# by a tool\r\n--require-hashes\r\n--only-binary :all:\r\n"
        + f"A.b_c[x, y]==1.0rc1+cpu \\\r\n    {HASH} \\\r\n    {OTHER}\r\n    # via d\r\n".encode()
        + f"d==2!1.0.post3 ; python_version >= \"3.11\" and sys_platform == 'linux' {HASH}  # note\r\n".encode(),
    )
    assert (
        f"A.b_c[x,y]==1.0rc1+cpu {HASH} {OTHER}\n"
        f"d==2!1.0.post3 ; python_version >= \"3.11\" and sys_platform == 'linux' {HASH}\n"
    ) == read.text
    assert {"a-b-c", "d"} == read.names


def test_real_locks_come_through(request):
    for file in sorted((request.config.rootpath / "requirements").glob("*.txt")):
        read = lock_of(file)
        assert read.requirements


def lock_of(file) -> LockFile:
    environment = EnvironmentConfig(backend="venv", lock=file.name)
    return read_lock(Config(root=file.parent, path=file.parent / "x", name="m", environment=environment))
