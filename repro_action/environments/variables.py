# SPDX-License-Identifier: Apache-2.0
"""Which of the caller's variables a step inherits: few by default, and no secrets."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

DEFAULTS = (
    "HOME",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "LD_LIBRARY_PATH",
    "DYLD_*",
    "CUDA_*",
    "NVIDIA_*",
    "NIX_*",
    "XDG_*",
)

# Two dozen patterns take longer to compile than all variables to look at.
_WHOLE = frozenset(name for name in DEFAULTS if not name.endswith("*"))
_BEGINNINGS = tuple(name[:-1] for name in DEFAULTS if name.endswith("*"))

NEVER = frozenset(
    {
        *("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP"),
        *("REPRO_SIGNING_KEY", "REPRO_SIGNING_PASSPHRASE"),
    }
)
"""They would change which modules a step imports, or let it sign; whatever `inherit` says."""

# A broad default such as NVIDIA_* must not hand out NVIDIA_API_KEY; Nix keeps its access
# tokens in NIX_CONFIG. Whoever needs one names it under `inherit`.
_SECRET = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|_KEY|^NIX_CONFIG$", re.IGNORECASE)


def inherited(
    environ: Mapping[str, str], inherit: tuple[str, ...], *, python: Path, venv: Path | None
) -> dict[str, str]:
    """Return the variables that a step starts from, sorted by name.

    Args:
        environ: the caller's.
        inherit: names or globs that the configuration adds.
        python: the interpreter, whose folder goes first on PATH.
        venv: the virtual environment that it belongs to, if it does.
    """
    kept = {
        name: value
        for name, value in environ.items()
        if name not in NEVER and (_default(name) or any(fnmatchcase(name, glob) for glob in inherit))
    }
    path = [str(python.parent), *(part for part in environ.get("PATH", os.defpath).split(os.pathsep) if part)]
    kept["PATH"] = os.pathsep.join(dict.fromkeys(path))
    kept["PYTHONNOUSERSITE"] = "1"
    kept["PYTHONDONTWRITEBYTECODE"] = "1"
    kept.pop("VIRTUAL_ENV", None)
    if venv is not None:
        kept["VIRTUAL_ENV"] = str(venv)
    return dict(sorted(kept.items()))


def looks_secret(name: str) -> bool:
    """Whether a variable's name says that its value is private."""
    return _SECRET.search(name) is not None


def _default(name: str) -> bool:
    return not looks_secret(name) and (name in _WHOLE or name.startswith(_BEGINNINGS))
