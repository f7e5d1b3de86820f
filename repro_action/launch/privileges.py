# SPDX-License-Identifier: Apache-2.0
"""What the kernel still does for a process in an enclosure: a filter of system calls, and capabilities.

The filter is a program of classic BPF (linux/seccomp.h). What it refuses could undo the
enclosure, carry a result past it (keyrings are shared by all processes of a user, whatever
their namespaces) or reach what no namespace covers (vsock, BPF, performance counters).

NOTE: only C modules: it is loaded by each step. Numbers of calls are those of the kernel's
`asm/unistd.h`, of x86_64 and of aarch64.
"""

from __future__ import annotations

import ctypes
import os
import struct

KEPT_CAPABILITIES = {
    "CAP_CHOWN": 0,
    "CAP_DAC_OVERRIDE": 1,
    "CAP_FOWNER": 3,
    "CAP_FSETID": 4,
    "CAP_KILL": 5,
    "CAP_SETGID": 6,
    "CAP_SETUID": 7,
}
"""What root needs to be served files like root, in its own user namespace."""

_BOUND_DROP, _SET_DUMPABLE, _SET_SECCOMP, _NO_NEW_PRIVILEGES = 24, 4, 22, 38  # linux/prctl.h
_FILTER = 2  # SECCOMP_MODE_FILTER
_LAST_CAPABILITY = 63
_THIS_PROCESS = ("=Ii", 0x20080522, 0)
"""`struct __user_cap_header_struct` of _LINUX_CAPABILITY_VERSION_3, and how it is packed."""
_EPERM, _ENOSYS, _EAFNOSUPPORT = 1, 38, 97

# CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET of linux/sched.h; for unshare NEWTIME too.
_NEW_NAMESPACES = 0x7E020000
_NEW_TIME = 0x80
# AF_UNIX, AF_INET, AF_INET6, AF_NETLINK of linux/socket.h: others know no network namespaces.
_FAMILIES = (1, 2, 10, 16)

_MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_* of linux/audit.h
_SOCKET, _CLONE, _UNSHARE = (
    {"x86_64": 41, "aarch64": 198},
    {"x86_64": 56, "aarch64": 220},
    {"x86_64": 272, "aarch64": 97},
)
_CLONE3 = 435  # its flags are in memory, where no filter can look; libraries go on with clone
_RING = (425, 426, 427)  # io_uring_*: does what system calls do, past the filter
_SAME_NUMBERS = {
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "mount_setattr": 442,
    "pidfd_getfd": 438,
    "quotactl_fd": 443,
    "open_tree_attr": 467,
}
_REFUSED = {  # name → numbers on x86_64 and aarch64
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "setns": (308, 268),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "open_by_handle_at": (304, 265),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "syslog": (103, 116),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "fanotify_init": (300, 262),
}
_X32 = 0x40000000  # a second set of calls of x86_64

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # linux/bpf_common.h
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000

_libc = ctypes.CDLL(None, use_errno=True)


def filter_program(machine: str) -> bytes:
    """Return the filter for a processor, as an array of `struct sock_filter`; empty where none is known.

    Args:
        machine: as `os.uname().machine`.
    """
    if machine not in _MACHINES:
        return b""
    column = 0 if machine == "x86_64" else 1
    refused = [*_SAME_NUMBERS.values(), *(numbers[column] for numbers in _REFUSED.values())]
    code = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _MACHINES[machine]),  # calls of another kind of program have other numbers
        (_RETURN, 0, 0, _ERRNO | _ENOSYS),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        code += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _ERRNO | _ENOSYS)]
    for number in refused:
        code += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | _EPERM)]
    for number in (*_RING, _CLONE3):
        code += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | _ENOSYS)]
    for number, flags in (
        (_CLONE[machine], _NEW_NAMESPACES),
        (_UNSHARE[machine], _NEW_NAMESPACES | _NEW_TIME),
    ):
        code += [
            (_EQUAL, 0, 4, number),
            (_LOAD, 0, 0, _FIRST_ARGUMENT),
            (_ANY_BIT, 0, 1, flags),
            (_RETURN, 0, 0, _ERRNO | _EPERM),
            (_RETURN, 0, 0, _ALLOW),
        ]
    family_filters = [(_EQUAL, len(_FAMILIES) - place, 0, family) for place, family in enumerate(_FAMILIES)]
    code += [
        (_EQUAL, 0, len(family_filters) + 2, _SOCKET[machine]),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        *family_filters,
        (_RETURN, 0, 0, _ERRNO | _EAFNOSUPPORT),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def drop() -> None:
    """Give up what could take the enclosure apart; it holds for all programs started from here on.

    Where no filter is known for this processor there is none; the canary finds that.
    """
    for capability in range(_LAST_CAPABILITY + 1):
        if capability not in KEPT_CAPABILITIES.values():
            _libc.prctl(_BOUND_DROP, capability, 0, 0, 0)
    refuse_new()
    program = filter_program(os.uname().machine)
    if program:
        code = ctypes.create_string_buffer(program, len(program))
        described = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))  # struct sock_fprog
        _libc.prctl(_SET_SECCOMP, _FILTER, described, 0, 0)


def give_up_own() -> None:
    """Give up the capabilities that this process still has, and hide its memory from others."""
    keep_only(0)
    _libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0)


def refuse_new() -> None:
    """Let no program that is started from here on have more privileges than this process."""
    _libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)


def permitted() -> int:
    """Return the capabilities that this process may use, of the first 32, as bits."""
    return _own_capabilities()[1]


def keep_only(capabilities: int) -> None:
    """Give up all capabilities of this process but some; what it has not already stays away.

    Args:
        capabilities: those that stay, of the first 32, as bits.
    """
    usable, may_use = _own_capabilities()
    # The kernel refuses a set with one that is not permitted, and would leave all as they are.
    kept = struct.pack("=6I", capabilities & usable & may_use, capabilities & may_use, 0, 0, 0, 0)
    _libc.capset(struct.pack(*_THIS_PROCESS), kept)


def _own_capabilities() -> tuple[int, int]:
    """Return the effective and the permitted ones, of the first 32; none where the kernel does not say."""
    own = ctypes.create_string_buffer(24)  # two of struct __user_cap_data_struct
    _libc.capget(struct.pack(*_THIS_PROCESS), own)
    effective, permitted_ones = struct.unpack_from("=2I", own)
    return effective, permitted_ones
