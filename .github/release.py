# SPDX-License-Identifier: Apache-2.0
"""What a release needs beyond git: checks, notes, and packages that are the same bytes each time.

python .github/release.py owner NAME     put the owner's name wherever the repository's address is written
python .github/release.py check v1.2.3   refuse a tag that does not fit the repository
python .github/release.py notes v1.2.3   print its section of CHANGELOG.md
python .github/release.py build DIR      write both packages, what they need (CycloneDX) and SHA256SUMS
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BILL = "sbom.cdx.json"
PLACEHOLDER = "org/repro-action"
"""The repository's address until it has an owner; `owner` replaces it everywhere."""

OWN = ".github/release.py"
NOT_TEXT = {".png", ".npy", ".npz", ".joblib", ".pt", ".h5"}


def tracked(root: Path) -> list[Path]:
    """Return the files of git that hold the repository's address, or could."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True)
    paths = [root / name for name in listed.stdout.split("\0") if name and name != OWN]
    return [
        path for path in paths if path.suffix not in NOT_TEXT and path.is_file() and not path.is_symlink()
    ]


def version(root: Path) -> str:
    """Return the version of the package."""
    text = (root / "repro_action" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"', text, re.MULTILINE)
    if found is None:
        raise SystemExit("repro_action/__init__.py has no __version__")
    return found[1]


def notes(root: Path, tag: str) -> str:
    """Return the section of a version in the changelog; empty where there is none."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(rf"(?ms)^## {re.escape(tag.removeprefix('v'))}(?: [^\n]*)?\n(.*?)(?=^## |\Z)", text)
    return found[1].strip() if found is not None else ""


def faults(root: Path, tag: str) -> list[str]:
    """Return why a tag is no release of this repository."""
    found = []
    if tag != f"v{version(root)}":
        found.append(f"the tag is {tag}, and repro_action/__init__.py says {version(root)}")
    if not notes(root, tag):
        found.append(f"CHANGELOG.md has no section {tag.removeprefix('v')}: name `Unreleased` so")
    left = [
        path.relative_to(root).as_posix()
        for path in tracked(root)
        if PLACEHOLDER in path.read_text(encoding="utf-8", errors="replace")
    ]
    if left:
        found.append(f"the owner is not filled in, see `owner`: {', '.join(left)}")
    return found


def fill_owner(root: Path, name: str) -> list[str]:
    """Put the owner's name into the repository's address; return the files that changed."""
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})", name):
        raise SystemExit(f"{name!r} is not the name of an account")
    changed = []
    for path in tracked(root):
        text = path.read_bytes()
        if PLACEHOLDER.encode() in text:
            path.write_bytes(text.replace(PLACEHOLDER.encode(), f"{name}/repro-action".encode()))
            changed.append(path.relative_to(root).as_posix())
    return changed


def for_index(readme: str, address: str, tag: str) -> str:
    """Return the README with links that lead to the repository, for a page that is not in it."""

    def absolute(found: re.Match[str]) -> str:
        bang, text, target = found.groups()
        kind = "raw" if bang else "blob"
        return f"{bang}[{text}](https://github.com/{address}/{kind}/{tag}/{target})"

    return re.sub(r"(!?)\[([^\]]*)\]\((?!https?:|#|mailto:)([^)\s]+)\)", absolute, readme)


def build(root: Path, into: Path) -> dict[str, str]:
    """Build both packages of HEAD twice; return name → SHA-256.

    Raises:
        SystemExit: the two builds differ.
    """
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        builds = [_build(root, Path(folder)) for folder in (one, two)]
    first, second = builds
    if first != second:
        raise SystemExit(f"two builds differ: {sorted(first)} and {sorted(second)}")
    into.mkdir(parents=True, exist_ok=True)
    first[BILL] = bill_of_materials(root)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in first.items()}
    for name, content in first.items():
        (into / name).write_bytes(content)
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
    (into / "SHA256SUMS").write_text(lines, encoding="ascii")
    return sums


def bill_of_materials(root: Path) -> bytes:
    """Return what the action installs, from its hash lock, as CycloneDX 1.5."""
    lock = (root / "requirements" / "runtime.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    components = []
    for line in filter(None, map(str.strip, lock.splitlines())):
        found = re.match(r"([A-Za-z0-9._-]+)==([^\s;]+)", line)
        if found is not None:
            name, release = found.groups()
            hashes = re.findall(r"--hash=sha256:([0-9a-f]{64})", line)
            components.append(
                {
                    "type": "library",
                    "name": name,
                    "version": release,
                    "purl": f"pkg:pypi/{name.lower().replace('_', '-')}@{release}",
                    "hashes": [{"alg": "SHA-256", "content": digest} for digest in hashes],
                }
            )
    subject = {"type": "application", "name": "repro-action", "version": version(root)}
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": subject},
        "components": components,
    }
    return f"{json.dumps(document, indent=2)}\n".encode()


def _build(root: Path, folder: Path) -> dict[str, bytes]:
    """Build both packages from a copy of HEAD alone: what lies about in the checkout is not packed."""
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=root, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        tar.extractall(folder / "source", filter="data")
    when = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=root, check=True, capture_output=True, text=True
    )
    source = folder / "source"
    readme = source / "README.md"
    text = readme.read_text(encoding="utf-8")
    found = re.search(r"([A-Za-z0-9-]+/repro-action)@v1", text)
    readme.write_text(
        for_index(text, found[1] if found else PLACEHOLDER, f"v{version(source)}"), encoding="utf-8"
    )
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(folder / "dist")],
        cwd=source,
        env={**os.environ, "SOURCE_DATE_EPOCH": when.stdout.strip()},
        check=True,
        capture_output=True,
    )
    return {path.name: path.read_bytes() for path in (folder / "dist").iterdir() if path.is_file()}


def main(arguments: list[str]) -> int:
    """Do what the arguments say, and return the exit status."""
    match arguments:
        case ["owner", name]:
            print("\n".join(fill_owner(ROOT, name)))
        case ["check", tag]:
            found = faults(ROOT, tag)
            print("\n".join(found) or f"{tag} can be released")
            return bool(found)
        case ["notes", tag]:
            print(notes(ROOT, tag))
        case ["build", folder]:
            for name, digest in sorted(build(ROOT, Path(folder)).items()):
                print(f"{digest}  {name}")
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
