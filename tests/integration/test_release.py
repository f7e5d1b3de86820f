# SPDX-License-Identifier: Apache-2.0
"""What a release needs beyond git: a tag that fits, notes, an owner, and packages that are the same bytes twice."""

import importlib.util
import json
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_spec = importlib.util.spec_from_file_location("release", ROOT / ".github" / "release.py")
release = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(release)
TAG = f"v{release.version(ROOT)}"


def git(root, *arguments):
    command = ("git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments)
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def small(tmp_path):
    """A repository with what a release looks at."""
    for name in ("README.md", "pyproject.toml", "CHANGELOG.md", "LICENSE", "repro_action/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    git(tmp_path, "init", "-qb", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "x")
    return tmp_path


def test_a_tag_that_fits_can_be_released_once_the_owner_is_known(small):
    (fault,) = release.faults(small, TAG)
    assert "the owner is not filled in" in fault
    assert ["README.md", "pyproject.toml"] == sorted(release.fill_owner(small, "acme"))
    assert [] == release.faults(small, TAG)
    assert "uses: acme/repro-action@v1" in (small / "README.md").read_text(encoding="utf-8")
    assert [] == release.fill_owner(small, "acme")


@pytest.mark.parametrize("tag", ["v9.9.9", "1.0", f"{TAG}0"])
def test_another_tag_is_refused_and_so_is_one_without_notes(small, tag):
    assert 2 <= len([fault for fault in release.faults(small, tag) if tag.removeprefix("v") in fault])


@pytest.mark.parametrize("name", ["", "a/b", "-a", "a" * 40, "a b"])
def test_an_owner_is_the_name_of_an_account(small, name):
    with pytest.raises(SystemExit):
        release.fill_owner(small, name)


def test_notes_are_the_section_of_the_version_alone(small):
    text = (
        "# Changelog\n\n## Unreleased\n- new\n\n## 1.10.0\n- ten\n\n## 1.1.0 (2026)\n- one\n### Part\n- two\n"
    )
    (small / "CHANGELOG.md").write_text(text, encoding="utf-8")
    assert "- one\n### Part\n- two" == release.notes(small, "v1.1.0")
    assert "- ten" == release.notes(small, "v1.10.0")
    assert "" == release.notes(small, "v1.1")


def test_two_builds_of_a_commit_are_the_same_bytes_whatever_lies_about(small, tmp_path_factory):
    (small / "repro_action" / "left_over.py").write_text("", encoding="utf-8")
    out = tmp_path_factory.mktemp("dist")
    sums = release.build(small, out)
    assert {"wheel", "sdist", "bill"} == {
        "wheel" if name.endswith(".whl") else "sdist" if name.endswith(".gz") else "bill" for name in sums
    }
    listed = dict(reversed(line.split("  ")) for line in (out / "SHA256SUMS").read_text().splitlines())
    assert sums == listed
    (wheel,) = out.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        assert not any("left_over" in name for name in packed.namelist())
        (metadata,) = [packed.read(name).decode() for name in packed.namelist() if name.endswith("/METADATA")]
    assert "](docs/" not in metadata
    assert f"/blob/{TAG}/docs/action.md" in metadata
    assert "Project-URL: Changelog" in metadata
    (sdist,) = out.glob("*.tar.gz")
    with tarfile.open(sdist) as packed:
        assert any(name.endswith("/pyproject.toml") for name in packed.getnames())


def test_the_bill_lists_every_locked_package_with_its_hashes(small):
    bill = json.loads(release.bill_of_materials(small))
    names = {one["name"] for one in bill["components"]}
    assert {"numpy", "jinja2", "pygithub", "rich"} <= names
    assert all(one["hashes"] for one in bill["components"])
    lock = (small / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    assert lock.count("--hash=") == sum(len(one["hashes"]) for one in bill["components"])
    assert lock.count("==") == len(bill["components"])


def test_links_of_the_readme_lead_somewhere_on_another_page():
    text = "[a](docs/a.md) ![b](docs/b.png) [c](https://x.org) [d](#e)"
    assert (
        "[a](https://github.com/o/repro-action/blob/v1/docs/a.md) "
        "![b](https://github.com/o/repro-action/raw/v1/docs/b.png) [c](https://x.org) [d](#e)"
    ) == release.for_index(text, "o/repro-action", "v1")
