# SPDX-License-Identifier: Apache-2.0
"""Keys of tests, and a verified run whose files lie in a folder."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from verified_runs import make_run

from repro_action.digest import Digest
from repro_action.evidence.verified_run import ModelFile
from repro_action.signing.own_keys import ECDSA, PrivateKey, private_key, write_new_key

CONTENTS = {"out/model.joblib": b"weights", "out/parts/a.bin": b"a", "out/parts/b/c.bin": b"c"}


@cache
def key_of(folder: Path, name: str = "alice", kind: str = ECDSA) -> PrivateKey:
    """Return a new key, the same for the same words."""
    path = folder / f"{name}.pem"
    write_new_key(path, kind, {})
    return private_key(path, {})


def run_in(folder: Path, **changes):
    """Return a verified run of two products, a file and a folder, which are written there."""
    for name, data in CONTENTS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    files = tuple(
        ModelFile(
            path=name,
            product="out/parts" if name.startswith("out/parts") else name,
            size=len(data),
            sha256=Digest("sha256", sha256(data).hexdigest()),
        )
        for name, data in CONTENTS.items()
    )
    return make_run(**{"files": files, **changes})
