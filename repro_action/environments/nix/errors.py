# SPDX-License-Identifier: Apache-2.0
"""What Nix says when it fails → what happened, why, and what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from repro_action.errors import EnvironmentUnavailable

_SHOWN = 12
_NAMES = 10
_INSTEAD = 'Or set backend = "venv" with a hash-locked requirements file.'


@dataclass(frozen=True, slots=True, kw_only=True)
class NixErrorPattern:
    """A failure that has a name.

    Attributes:
        pattern: found in what Nix said.
        what: one sentence.
        remedy: what to do.
    """

    pattern: str
    what: str
    remedy: str


_PATTERNS = (
    NixErrorPattern(
        pattern=r"experimental (Nix )?feature '[^']*' is disabled",
        what="flakes are disabled in this Nix",
        remedy="Add `experimental-features = nix-command flakes` to nix.conf, or set it in NIX_CONFIG.",
    ),
    NixErrorPattern(
        pattern=r"requires lock file changes|lock file .* (is not up to date|needs to be updated)",
        what="flake.lock does not agree with the inputs of flake.nix",
        remedy="Run `nix flake lock`, look at what changed, and commit flake.lock.",
    ),
    NixErrorPattern(
        pattern=r"[Hh]ash mismatch|mismatch in field 'narHash'",
        what="an input of the flake is not what flake.lock says",
        remedy="Somebody changed the lock or the source: compare flake.lock with its last commit.",
    ),
    NixErrorPattern(
        pattern=r"does not provide attribute",
        what="the flake has no such dev shell for this system",
        remedy='Name one that `nix flake show` lists under devShells, such as flake = ".#default".',
    ),
    NixErrorPattern(
        pattern=r"does not contain a '/?[^']*flake\.nix'|could not find a flake\.nix|"
        r"flake\.nix' does not exist",
        what="there is no flake.nix",
        remedy='Write one beside repro.toml, or name its folder: flake = "nix#default".',
    ),
    NixErrorPattern(
        pattern=r"group '[^']*' specified in 'build-users-group' does not exist|"
        r"has no members|build users group",
        what="Nix runs as root and has no users to build as",
        remedy="Finish its installation (multi-user), or set `build-users-group =` in NIX_CONFIG.",
    ),
    NixErrorPattern(
        pattern=r"cannot connect to (socket|daemon)|daemon-socket",
        what="the Nix daemon cannot be reached",
        remedy="Start it (`systemctl start nix-daemon`), or see who may use it: `allowed-users` in nix.conf.",
    ),
    NixErrorPattern(
        pattern=r"(/nix|store)[^\n]*: (Permission denied|Read-only file system)|"
        r"you don't have (sufficient|enough) (rights|permission)",
        what="Nix is not allowed to write to its store",
        remedy="Install Nix with its daemon, or run as the user that owns /nix.",
    ),
    NixErrorPattern(
        pattern=r"[Cc]ould( not|n't) resolve host|unable to download|Connection (refused|timed out)|"
        r"Network is unreachable",
        what="Nix needs something that is not in its store, and cannot fetch it",
        remedy="Go online once, or set `substituters` to a cache that can be reached.",
    ),
    NixErrorPattern(
        pattern=r"a '[^']*' with features \{[^}]*\} is required|unable to start any build",
        what="the dev shell is for a system that has no builder here",
        remedy="Add this system to the flake, or a builder for that one.",
    ),
    NixErrorPattern(
        pattern=r"No space left on device",
        what="the disk is full",
        remedy="`nix-collect-garbage` frees what nothing uses.",
    ),
    NixErrorPattern(
        pattern=r"builder for '[^']*' failed|build of '[^']*' failed|dependencies of derivation",
        what="the dev shell cannot be built",
        remedy="`nix log` of the derivation named above shows the whole log.",
    ),
)


def absent(program: str, error: OSError) -> EnvironmentUnavailable:
    """Return the error for a Nix that cannot be started."""
    if not isinstance(error, FileNotFoundError):
        return EnvironmentUnavailable(f"{program} cannot be started", why=str(error), remedy=_INSTEAD)
    return EnvironmentUnavailable(
        "Nix is not installed on this machine",
        why=f"{program} is not on PATH.",
        remedy=f"Install it (nixos.org/download), and open a new shell. {_INSTEAD}",
    )


def explain(
    messages: str, *, doing: str, untracked: Sequence[str] = (), where: str = ""
) -> EnvironmentUnavailable:
    """Return the error that teaches.

    Args:
        messages: the last lines of Nix.
        doing: what was tried, for a failure that has no name.
        untracked: files that the flake may miss because git does not track them.
        where: the place in the configuration.
    """
    last = "\n".join(_informative(messages))
    if untracked and _missing(messages):
        names = ", ".join(untracked[:_NAMES])
        return EnvironmentUnavailable(
            "the flake does not see files that git does not track",
            why=f"Untracked here: {names}. Nix said:\n{last}",
            remedy=f"git add {' '.join(untracked[:_NAMES])}",
            where=where,
        )
    for pattern in _PATTERNS:
        if re.search(pattern.pattern, messages):
            return EnvironmentUnavailable(
                pattern.what, why=f"Nix said:\n{last}", remedy=pattern.remedy, where=where
            )
    return EnvironmentUnavailable(
        f"{doing} failed",
        why=f"Nix said:\n{last}",
        remedy="Correct the flake; `nix develop` with the same reference shows the same error.",
        where=where,
    )


def _missing(messages: str) -> bool:
    """Whether Nix missed a file: the words differ between versions."""
    return bool(
        re.search(
            r"No such file or directory|does not exist|not tracked by [Gg]it|is not valid|flake\.nix",
            messages,
        )
    )


def _informative(messages: str) -> list[str]:
    """Return the last lines that say something: neither progress nor retries."""
    lines = [line for line in messages.splitlines() if line.strip()]
    dull = re.compile(r"retrying in \d+ ms|^warning: Git tree .* is dirty|^(building|copying|fetching) ")
    return [line for line in lines if not dull.search(line)][-_SHOWN:]
