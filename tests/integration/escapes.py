# SPDX-License-Identifier: Apache-2.0
"""What a step that lies could try: a table, and a program that tries all of it in one enclosure.

`python escapes.py FOLDER MEANS USER PATH…` prints a JSON object: attack → `refused: …`,
`ESCAPED` or `nothing to try`. A row is Python that raises, or returns a false value, if the
enclosure refuses; a true value is an escape. Each runs in a process of its own inside the
step, with the names of `PRELUDE`.
"""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

PRELUDE = r"""
import ctypes, errno, glob, json, mmap, os, signal, socket, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
X86 = os.uname().machine == "x86_64"
given = json.load(open("given.json"))
def call(x86, arm, *arguments):
    result = libc.syscall(x86 if X86 else arm, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True
def opened(path, flags=os.O_RDONLY):
    os.close(os.open(path, flags))
    return True
def done(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True
def secret(paths):
    for path in paths:
        try:
            if "SESAME" in open(path, errors="replace").read(1 << 16):
                return True
        except OSError:
            continue
    return False
def own(name):
    open(name, "w").close()
    return name
def touched(path):
    before = os.stat(path).st_atime_ns
    open(path).read()
    return os.stat(path).st_atime_ns != before
def linked(descriptor):
    os.link(f"/proc/self/fd/{descriptor}", "linked", follow_symlinks=True)
    return True
def unremovable(name):
    import fcntl
    fcntl.ioctl(os.open(own(name), os.O_RDONLY), 0x40086602, struct.pack("l", 0x10))
    return True
def connected(family, kind, address):
    with socket.socket(family, kind) as wire:
        wire.settimeout(1)
        wire.connect(address)
    return True
"""

INSIDE = {
    # files
    "read an undeclared file of the project": "opened(given['committed'])",
    "read the outputs of an earlier run": "opened(given['earlier'])",
    "read a file outside of the project": "opened(given['outside'])",
    "read through the root of another process": "secret(glob.glob('/proc/[0-9]*/root' + given['committed']))",
    "read through the folder of another process": "secret(glob.glob('/proc/[0-9]*/cwd/committed'))",
    "read through an inherited descriptor": "secret(p for p in glob.glob('/proc/[0-9]*/fd/*') if os.path.isfile(p))",
    "read the variables of another process": "secret(glob.glob('/proc/[0-9]*/environ'))",
    "read the disk itself": "any(os.path.exists(p) for p in glob.glob('/dev/[snv]d*') + ['/dev/mem', '/dev/kmsg'])",
    "open a file by its handle": "call(304, 265, -1, bytes(64), 0)",
    "write to an input": "opened('data/a.csv', os.O_WRONLY)",
    "replace an input": "os.rename('given.json', 'data/a.csv') or True",
    "write to the environment": "opened(os.path.join(sys.prefix, 'new'), os.O_WRONLY | os.O_CREAT)",
    "write to repro itself": "opened(given['package'] + '/__init__.py', os.O_WRONLY)",
    "write to the system": "opened('/etc/new', os.O_WRONLY | os.O_CREAT)",
    "write to the devices' folder": "opened('/dev/new', os.O_WRONLY | os.O_CREAT)",
    "link an input to an output": "os.link('data/a.csv', 'linked') or True",
    "mark an input by an attribute": "os.setxattr('data/a.csv', 'user.x', b'1') or True",
    "mark an input by its times": "os.utime('data/a.csv', (1, 1)) or True",
    "mark an input by reading it": "touched('data/a.csv')",
    "make a file that cannot be removed": "unremovable('own')",
    "give a program capabilities": "os.setxattr(own('able'), 'security.capability', struct.pack('<5I', 0x02000001, -1 & 0xFFFFFFFF, -1 & 0xFFFFFFFF, 0, 0)) or True",
    "link an anonymous file to an output": "linked(os.memfd_create('m'))",
    "link an input to an output by its descriptor": "linked(os.open('data/a.csv', os.O_RDONLY))",
    "type into the terminal": "opened('/dev/tty', os.O_WRONLY)",
    "make a device": "os.mknod('disk', 0o60600, os.makedev(8, 0)) or True",
    # processes
    "see another process": "os.path.exists('/proc/%d' % given['victim']) and os.getpid() != given['victim']",
    "signal another process": "os.kill(given['victim'], 0) or True",
    "stop its supervisor": "os.kill(1, signal.SIGSTOP) or 'T (' in open('/proc/1/status').read()",
    "kill its supervisor": "os.kill(1, signal.SIGKILL) or not os.path.exists('/proc/1')",
    "trace its supervisor": "call(101, 117, 16, 1, 0, 0)",
    "read the memory of its supervisor": "opened('/proc/1/mem')",
    "take a descriptor of its supervisor": "call(438, 438, os.pidfd_open(1), 1, 0)",
    # what is kept between runs
    "System V shared memory": "libc.shmget(given['key'], 0, 0) >= 0",
    "System V semaphores": "libc.semget(given['key'], 0, 0) >= 0",
    "a POSIX message queue": "call(240, 180, b'repro-escape', 0, 0, 0)",
    "POSIX shared memory": "opened('/dev/shm/' + given['shared'])",
    "a file in a temporary folder": "secret(glob.glob('/tmp/*') + glob.glob('/var/tmp/*'))",
    "a key in a keyring": "call(248, 217, b'user', b'repro', b'x', ctypes.c_size_t(1), -3)",
    "a search in keyrings": "call(249, 218, b'user', b'repro', None, -3)",
    "a keyring of the user": "call(250, 219, 0, -4, 1)",
    # network
    "TCP to the machine": "connected(socket.AF_INET, socket.SOCK_STREAM, ('127.0.0.1', given['port']))",
    "UDP to somewhere": "connected(socket.AF_INET, socket.SOCK_DGRAM, ('192.0.2.1', 9))",
    "an abstract socket": "connected(socket.AF_UNIX, socket.SOCK_STREAM, chr(0) + given['abstract'])",
    "a socket in a folder of inputs": "connected(socket.AF_UNIX, socket.SOCK_STREAM, 'data/wire')",
    "a virtual machine's socket": "socket.socket(40, socket.SOCK_STREAM) and True",
    "a socket of the kernel's cryptography": "socket.socket(38, socket.SOCK_SEQPACKET) and True",
    "raw packets": "socket.socket(17, socket.SOCK_RAW) and True",
    "sockets past the filter (io_uring)": "call(425, 425, 1, bytes(120))",
    "a socket by the calls of another kind of program": "call(0x40000000 + 41, 9999, 40, 1, 0)",
    # the machine's settings
    "the program for core dumps": "opened('/proc/sys/kernel/core_pattern', os.O_WRONLY)",
    "the swappiness of the machine": "opened('/proc/sys/vm/swappiness', os.O_WRONLY)",
    "magic keys": "opened('/proc/sysrq-trigger', os.O_WRONLY)",
    "the memory of the kernel": "opened('/proc/kcore') and os.path.getsize('/proc/kcore') > 0",
    "the log of the kernel": "call(103, 116, 3, ctypes.create_string_buffer(8), 8)",
    "settings in /sys": "any(opened(p, os.O_WRONLY) for p in ['/sys/kernel/mm/transparent_hugepage/enabled'])",
    "control groups": "opened('/sys/fs/cgroup/cgroup.procs', os.O_WRONLY)",
    "the host's name": "done(libc.sethostname(b'other', 5))",
    "the clock": "call(227, 112, 0, struct.pack('qq', 0, 0))",
    "disk quotas": "call(179, 60, 0x800002, 0, 0, 0)",
    # taking the enclosure apart
    "mount": "done(libc.mount(b'none', b'/tmp', b'tmpfs', 0, None))",
    "take a mask off": "done(libc.umount2(b'/proc/sys', 2))",
    "make an input writable": "done(libc.mount(b'none', b'data', None, 32 | 4096, None))",
    "mount by the newer calls": "call(430, 430, b'tmpfs', 0)",
    "another root": "os.chroot('/tmp') or True",
    "the namespace of the supervisor": "done(libc.setns(os.open('/proc/1/ns/mnt', os.O_RDONLY), 0))",
    "a new user namespace": "done(libc.unshare(0x10000000))",
    "a new user namespace by clone": "call(56, 220, 0x10000000 | 17, 0, 0, 0, 0)",
    "a new user namespace by clone3": "call(435, 435, struct.pack('8Q', 0x10000000, 0, 0, 0, 17, 0, 0, 0), 64)",
    "more capabilities": "int(open('/proc/self/status').read().split('CapBnd:')[1].split()[0], 16) & ~0xFB",
    "more privileges": "'NoNewPrivs:\\t1' not in open('/proc/self/status').read()",
    "a program of the kernel (BPF)": "call(321, 280, 0, bytes(120), 120)",
    "counters of other programs": "call(298, 241, struct.pack('IIQ', 1, 128, 0) + bytes(112), 0, -1, -1, 0)",
    "faults of memory": "call(323, 282, 0)",
    "another kernel": "call(246, 104, 0, 0, 0, 0)",
    "a module of the kernel": "call(175, 105, b'', 0, b'')",
}
"""Attack → what a step tries."""

STEP = (
    PRELUDE
    + r"""
for name, text in given["attacks"].items():
    read_end, write_end = os.pipe()
    if os.fork() == 0:
        try:
            os.setsid()
            signal.alarm(5)
            answer = "ESCAPED" if eval(text) else "refused: it sees nothing"
        except BaseException as error:
            answer = f"refused: {type(error).__name__} {error}"
        os.write(write_end, answer.encode()[:4000])
        os._exit(0)
    os.close(write_end)
    answer = os.read(read_end, 4000).decode() or "refused: it was killed"
    os.close(read_end)
    os.wait()
    print(json.dumps([name, answer]), flush=True)
"""
)


def attempt(folder: Path, means: str) -> dict[str, str]:
    """Try everything in one step; return attack → answer."""
    from integration.enclosed import MEANS, Project

    import repro_action

    project = Project(folder / "project", MEANS[means])
    committed = project.write("committed", "SESAME")
    earlier = project.write(".repro/runs/0/before/out/model", "SESAME")
    project.write("data/a.csv", "1")
    outside = folder / "outside"
    outside.write_text("SESAME")
    temporary = Path("/tmp") / f"repro-escape-{os.getpid()}"
    shared = Path("/dev/shm") / temporary.name
    libc = ctypes.CDLL(None)
    key = 0x52455052 + os.getpid()
    memory, semaphore = libc.shmget(key, 4096, 0o1666), libc.semget(key, 1, 0o1666)
    victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], env={"TOKEN": "SESAME"})
    wires = [socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX), socket.socket()]
    try:
        temporary.write_text("SESAME")
        shared.write_text("SESAME")
        os.chdir(project.root / "data")
        wires[0].bind(str(project.root / "data" / "wire"))
        wires[1].bind(f"\0{temporary.name}")
        wires[2].bind(("127.0.0.1", 0))
        for wire in wires:
            wire.listen()
        given = {
            "attacks": INSIDE,
            "committed": str(committed),
            "earlier": str(earlier),
            "outside": str(outside),
            "package": str(Path(repro_action.__file__).parent),
            "victim": victim.pid,
            "key": key,
            "shared": shared.name,
            "port": wires[2].getsockname()[1],
            "abstract": temporary.name,
        }
        project.write("given.json", json.dumps(given))
        record = project.script(STEP, inputs=("given.json", "data"))
        answers = dict(json.loads(line) for line in record.tail.splitlines())
        return {**answers, "(enforced)": project.enforced.text}
    finally:
        for wire in wires:
            wire.close()
        victim.kill()
        victim.wait()
        libc.shmctl(memory, 0, None)
        libc.semctl(semaphore, 0, 0)
        for path in (temporary, shared):
            path.unlink(missing_ok=True)


if __name__ == "__main__":
    place, mechanism, user, *paths = sys.argv[1:]
    sys.path[:0] = paths
    if int(user) != os.getuid():
        os.setgroups([])
        os.setgid(int(user))
        os.setuid(int(user))
    sys.stdout.write(json.dumps(attempt(Path(place), mechanism)))
