# SPDX-License-Identifier: Apache-2.0
"""Runs `repro` as a process of its own that has its imports already: forked from one that only imported.

Most of what a short `repro verify` costs is starting: imports, and compiling templates. A process forked
from one that did nothing else is a fresh `repro` in everything that a command can see, except what an
interpreter reads from its environment when it starts; a command with such variables is really started.
"""

from __future__ import annotations

import array
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

READ_AT_START = (
    "PYTHON",
    "LD_",
    "GLIBC",
    "MALLOC",
    "LC_",
    "LANG",
    "TZ",
    "OMP",
    "OPENBLAS",
    "MKL",
    "NPY",
    "COV",
)
"""Beginnings of the names of variables that interpreters and libraries read when they start."""
_IMPORTED = (
    "repro_action.cli.commands.verify",
    "repro_action.cli.commands.accept",
    "repro_action.flows.verify",
    "repro_action.report.build.builder",
    "repro_action.report.json.report",
    "repro_action.report.render.markdown.report",
    "repro_action.report.render.terminal.report",
    "repro_action.readers.statistics",
    "rich.console",
    "rich.progress",
    "rich.table",
    "rich.tree",
)


@dataclass(frozen=True)
class Ended:
    """What a command left: exit status (negative: the signal that ended it), and the two streams."""

    returncode: int
    stdout: bytes
    stderr: bytes


def run(arguments: list[str], *, cwd: Path, env: Mapping[str, str], timeout: float) -> Ended:
    """Run `repro` with arguments, as `subprocess.run` would.

    Raises:
        subprocess.TimeoutExpired: it did not end in time, and was killed.
    """
    server = _server(env)
    if server is None:
        command = [sys.executable, "-m", "repro_action", *arguments]
        done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, timeout=timeout, check=False)
        return Ended(done.returncode, done.stdout, done.stderr)
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        Path(os.devnull).open("rb") as nothing,
    ):
        data = json.dumps({"argv": arguments, "cwd": str(cwd), "env": dict(env)}).encode()
        given = array.array("i", [nothing.fileno(), out.fileno(), err.fileno()])
        server.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, given)])
        pid = int(server.recv(64))
        server.settimeout(timeout)
        try:
            status = int(server.recv(64))
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            server.settimeout(None)
            server.recv(64)
            raise subprocess.TimeoutExpired(["repro", *arguments], timeout) from None
        server.settimeout(None)
        out.seek(0)
        err.seek(0)
        return Ended(status, out.read(), err.read())


_servers: dict[str, socket.socket] = {}


def _server(env: Mapping[str, str]) -> socket.socket | None:
    """Return the socket of the process that forks, or None where a command must really be started."""
    if not hasattr(socket, "SCM_RIGHTS") or os.environ.get("REPRO_TEST_STARTED"):
        return None
    starting = {name: value for name, value in env.items() if name.startswith(READ_AT_START)}
    if any(os.environ.get(name) != value for name, value in starting.items()):
        return None
    key = json.dumps(starting, sort_keys=True)
    if key not in _servers:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        least = {name: env[name] for name in ("PATH", "HOME", "TMPDIR") if name in env}
        with theirs:
            process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                env={**least, **starting},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        _servers[key] = ours
        atexit.register(_end, ours, process)
    return _servers[key]


def _end(ours: socket.socket, process: subprocess.Popen[bytes]) -> None:
    ours.close()
    process.wait()


def _serve(number: int) -> None:
    """Import, then fork for each request until the other side is gone."""
    from importlib import import_module
    from threading import active_count

    for name in _IMPORTED:
        import_module(name)
    from repro_action.readers import load_readers
    from repro_action.report.render.markdown.templating import load_templates

    load_readers()
    load_templates()
    assert active_count() == 1, "a process with threads cannot be forked"
    assert "numpy" not in sys.modules, "NumPy starts threads"
    ours = socket.socket(fileno=number)
    while True:
        value, (*given,), _, _ = ours.recvmsg(1 << 20, socket.CMSG_SPACE(3 * 4))
        if not value:
            os._exit(0)
        files = array.array("i", given[0][2])
        pid = os.fork()
        if pid == 0:
            ours.close()
            _become(json.loads(value), list(files))
        for file in files:
            os.close(file)
        ours.send(str(pid).encode())
        _, status = os.waitpid(pid, 0)
        try:
            ours.send(str(os.waitstatus_to_exitcode(status)).encode())
        except OSError:
            os._exit(0)


def _become(table: dict[str, object], files: list[int]) -> None:
    """Be `repro` from here on."""
    from repro_action import cli

    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(table["env"])
    os.chdir(table["cwd"])
    sys.argv = ["repro", *table["argv"]]
    try:
        cli.start()
    except SystemExit as ended:
        os._exit(ended.code if isinstance(ended.code, int) else 1)
    except BaseException:  # noqa: BLE001 - as an interpreter does
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
        os._exit(1)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
