# SPDX-License-Identifier: Apache-2.0
"""A project with secrets that a step may not have, and the attacks on what becomes of a step's files.

Attacks from inside an enclosure are in `integration.escapes`; docs/security.md lists all of them.
"""

from __future__ import annotations

import pytest
from integration.enclosed import Project

OUTPUTS = {
    "a link to the outputs of an earlier run": (
        "os.symlink('../.repro/runs/0/before/out/a', 'out/a')",
        "is a symbolic link",
    ),
    "a link to a file of the project": ("os.symlink('../committed', 'out/a')", "is a symbolic link"),
    "a link to a file outside": ("os.symlink('/etc/hostname', 'out/a')", "is a symbolic link"),
    "a link to what the step itself wrote": (
        "open('x', 'w').close(); os.symlink('../x', 'out/a')",
        "is a symbolic link",
    ),
    "a link of the kernel": ("os.symlink('/proc/self/exe', 'out/a')", "is a symbolic link"),
    "a link above an output": (
        "os.rmdir('out'); os.mkdir('x'); open('x/a', 'w').close(); os.symlink('x', 'out')",
        "leads through out, which is a symbolic link",
    ),
    "a link inside an output folder": (
        "os.mkdir('out/a'); os.symlink('../../committed', 'out/a/x')",
        "is a symbolic link that leads out of it",
    ),
    "a second name of another file": (
        "open('x', 'w').close(); os.link('x', 'out/a')",
        "is a hard link",
    ),
    "a pipe": ("os.mkfifo('out/a')", "is neither a file nor a folder"),
    "a socket": (
        "import socket; s = socket.socket(socket.AF_UNIX); s.bind('out/a')",
        "is neither a file nor a folder",
    ),
    "a setuid program": (
        "open('out/a', 'w').close(); os.chmod('out/a', 0o4755)",
        "is a setuid or setgid program",
    ),
    "a file larger than the disk": (
        "size = os.statvfs('.'); open('out/a', 'w').close(); os.truncate('out/a', size.f_blocks * size.f_frsize + 1)",
        "is larger than the disk",
    ),
    "an output left as it was": ("pass", "did not write out/a"),
}
"""Attack → what a step does instead of writing its output, and what the error says."""

AFTERWARDS = (
    "a process that goes on",
    "files in HOME and temporary folders for the next step",
    "a link where a later output belongs",
    "a link in the place of an input's folder",
    "a link or pipe among the reports of processes",
    "a pipe or a setuid program beside the outputs",
    "folders without end",
    "rights taken from what it leaves",
    "byte code, an environment or a repository in a folder of inputs",
    "what an earlier run left where inputs are not looked for",
    "a link from a folder of inputs to what git or repro keeps",
    "a link from a folder of inputs to processes or to what a user keeps private",
    "a repository of git beside the outputs",
    "a configuration, a baseline or a part of another step's output beside the outputs",
)
"""Attacks on what happens after a step; each is a test of `test_sandbox_left_behind` or `test_sandbox_inputs`."""


@pytest.fixture
def project(tmp_path, means):
    project = Project(tmp_path / "project", means)
    project.write("committed", "SESAME")
    project.write("out/a", "SESAME")
    project.write(".repro/runs/0/before/out/a", "SESAME")
    return project
