# SPDX-License-Identifier: Apache-2.0
"""Which files hold keys and passwords, by their names: nothing takes those in without being asked."""

from __future__ import annotations

import os
import re
from pathlib import Path

from repro_action.paths.names import RESERVED

_NAMES = re.compile(
    r"\.env([._-].*)?|\.envrc|.*\.(env|pem|key|p12|pfx|jks|keystore|kdbx|ppk|gpg|asc)|id_(rsa|dsa|ecdsa|ed25519)(\.pub)?"
    r"|\.?(netrc|npmrc|pypirc|pgpass|htpasswd|git-credentials)|kaggle\.json|tokens?(\.(json|txt|pickle))?"
    r"|.*[._-]token(\.(json|txt|pickle))?|.*\.(tfvars|tfstate)|\.(s3cfg|boto|my\.cnf|vault[-_]pass|dockercfg)"
    r"|.*(secret|password|passwd|credential|service[-_]?account|api[-_]?key|private[-_]?key).*"
    r"|config\.local",
    re.IGNORECASE,
)
_FOLDERS = {".ssh", ".aws", ".azure", ".gcloud", ".gnupg", ".kube", ".docker", "secrets", ".secrets"}


def may_be_secret(path: str) -> bool:
    """Whether a path, relative with `/`, may lead to keys or passwords; rather once too often."""
    *folders, name = path.rstrip("/").split("/")
    return _NAMES.fullmatch(name) is not None or not _FOLDERS.isdisjoint([*folders, name])


def may_reach_secret(root: Path, path: str) -> bool:
    """Whether a path of a project, or what links make of it, may lead to keys or passwords."""
    real, inside = _real(root, path)
    return may_be_secret(path) or may_be_secret(real) or (inside and _is_reserved(real))


def leads_out(root: Path, path: str) -> bool:
    """Whether links make a path of a project one of elsewhere."""
    return not _real(root, path)[1]


def _real(root: Path, path: str) -> tuple[str, bool]:
    """Return a path without links, relative to the project and True; of another place, whole and False."""
    base, real = os.path.realpath(root), os.path.realpath(root / path.replace("\0", ""))
    inside = real == base or real.startswith(f"{base}/")
    return (os.path.relpath(real, base), True) if inside else (real, False)


def _is_reserved(path: str) -> bool:
    return not RESERVED.isdisjoint(path.split("/"))
