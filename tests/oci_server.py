# SPDX-License-Identifier: Apache-2.0
"""A real OCI registry, Debian's docker-registry, for the time of a test."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time

import pytest
from required import absent

SETTINGS = """\
version: 0.1
storage:
  filesystem:
    rootdirectory: {root}
  delete:
    enabled: true
http:
  addr: 127.0.0.1:{port}
"""


@pytest.fixture
def registry(tmp_path):
    """Serve an OCI registry, and return its host and the folder of its blobs."""
    program = shutil.which("docker-registry")
    if program is None:
        absent("docker-registry", "docker-registry is not installed: apt-get install docker-registry")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = tmp_path / "registry.yml"
    settings.write_text(SETTINGS.format(root=tmp_path / "registry", port=port))
    with subprocess.Popen(
        [program, "serve", settings], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            for _ in range(200):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                time.sleep(0.05)
            yield f"127.0.0.1:{port}", tmp_path / "registry/docker/registry/v2/blobs/sha256"
        finally:
            process.kill()
