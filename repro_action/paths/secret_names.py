# SPDX-License-Identifier: Apache-2.0
"""Which files hold keys and passwords, by their names: nothing takes those in without being asked."""

from __future__ import annotations

import re

_NAMES = re.compile(
    r"\.env(\..*)?|.*\.(env|pem|key|p12|pfx|jks|keystore|kdbx|ppk|gpg|asc)|id_(rsa|dsa|ecdsa|ed25519)(\.pub)?"
    r"|\.?(netrc|npmrc|pypirc|pgpass|htpasswd|git-credentials)|kaggle\.json|tokens?(\.(json|txt|pickle))?"
    r"|.*(secret|password|passwd|credential|service[-_]?account|api[-_]?key|private[-_]?key).*"
    r"|config\.local",
    re.IGNORECASE,
)
_FOLDERS = {".ssh", ".aws", ".azure", ".gcloud", ".gnupg", ".kube", ".docker", "secrets", ".secrets"}


def may_be_secret(path: str) -> bool:
    """Whether a path, relative with `/`, may lead to keys or passwords; rather once too often."""
    *folders, name = path.rstrip("/").split("/")
    return _NAMES.fullmatch(name) is not None or not _FOLDERS.isdisjoint([*folders, name])
