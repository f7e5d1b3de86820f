# SPDX-License-Identifier: Apache-2.0
"""What of the machine is visible inside, and how a means is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from repro_action.config.model import Step
from repro_action.sandbox.layout import EnclosureLayout, Mount, read
from repro_action.sandbox.mechanisms import Bubblewrap, Namespaces
from repro_action.sandbox.modules import import_folders, imported_files, module_file
from repro_action.sandbox.mounts import installed_in_place, private, system_mounts
from repro_action.sandbox.protocol import Enforced, UndeclaredUse


def test_packages_installed_in_place_are_found(tmp_path):
    site, one, two = (tmp_path / name for name in ("site", "one", "with space"))
    for folder in (site, one, two, site / "x-1.dist-info"):
        folder.mkdir()
    (one / "module.py").write_text("")
    (two / "pyproject.toml").write_text("")
    (site / "one.pth").write_text(f"# note\nimport sys\n{one}\n{tmp_path / 'gone'}\n")
    url = f"file://{tmp_path}/with%20space"
    (site / "x-1.dist-info" / "direct_url.json").write_text(
        json.dumps({"dir_info": {"editable": True}, "url": url})
    )
    assert [one, two] == list(installed_in_place([site, tmp_path / "nowhere"]))


def test_a_path_file_that_a_wheel_brought_opens_no_folder(tmp_path):
    site, place = tmp_path / "site", tmp_path / "place"
    for folder in (site, place, site / "evil-1.dist-info"):
        folder.mkdir()
    (place / "module.py").write_text("")
    (site / "evil.pth").write_text(f"{place}\n")
    assert [place] == list(installed_in_place([site]))
    (site / "evil-1.dist-info" / "RECORD").write_text("evil.pth,sha256=x,3\n")
    assert [] == list(installed_in_place([site]))


@pytest.mark.parametrize("name", ["data.csv", "notes/x.txt", ".ssh/id"])
def test_a_folder_without_code_is_not_opened(tmp_path, name):
    site, place = tmp_path / "site", tmp_path / "place"
    site.mkdir()
    (place / name).parent.mkdir(parents=True)
    (place / name).write_text("")
    (site / "evil.pth").write_text(f"{place}\n")
    (site / "x-1.dist-info").mkdir()
    url = json.dumps({"dir_info": {"editable": True}, "url": f"file://{place}"})
    (site / "x-1.dist-info" / "direct_url.json").write_text(url)
    assert [] == list(installed_in_place([site]))


@pytest.mark.parametrize("text", ["[]", "{", '{"dir_info": {"editable": true}, "url": 1}', "[" * 10_000])
def test_hostile_metadata_is_passed_over(tmp_path, text):
    (tmp_path / "x.dist-info").mkdir()
    (tmp_path / "x.dist-info" / "direct_url.json").write_text(text)
    assert [] == list(installed_in_place([tmp_path]))


def test_no_socket_of_the_machine_is_visible():
    targets = {mount.target for mount in system_mounts(network=False)}
    assert not targets & {"/", "/run", "/var", "/home", "/root", "/mnt", "/tmp"}


def test_a_variable_cannot_empty_the_system():
    homes, places = private({"HOME": "/usr", "TMPDIR": "relative", "XDG_CACHE_HOME": "/home/u/.cache/"})
    assert (("/home/u/.cache",), ("/tmp", "/var/tmp")) == (homes, places)


def test_both_means_are_reported_the_same(tmp_path):
    mounts = (read("/usr"), Mount(kind="link", source="usr/bin", target="/bin"))
    layout = EnclosureLayout(base=tmp_path / "root", folder=tmp_path, mounts=mounts)
    command = Bubblewrap().command(layout)
    assert "--ro-bind /usr /usr --symlink usr/bin /bin" in " ".join(command)
    assert "--unshare-net" in command
    Namespaces().command(layout)
    fields = (tmp_path / "specification").read_bytes().split(b"\0")
    assert [b"", b"read", b"/usr", b"/usr", b"link", b"usr/bin", b"/bin"] == fields[2:]


def test_a_report_says_what_is_not_enforced_and_why():
    text = Enforced(how="none", reason="bubblewrap is not installed").text
    assert (
        "none: steps can reach the network, steps can read undeclared files (bubblewrap is not installed)"
        == text
    )


def test_what_steps_did_is_no_part_of_equality():
    assert Enforced() == Enforced(seen={"train": UndeclaredUse(written=("x",))})


def test_modules_are_found_where_a_step_would_import_them_from(tmp_path):
    for name in (
        "steps/train.py",
        "steps/near.py",
        "far.py",
        "package/__init__.py",
        "package/part.py",
        "src/deep.py",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    step = Step(name="s", run=("python", "steps/train.py"))
    folders = import_folders(step, tmp_path)
    names = ("near", "far", "package.part", "deep", "nowhere", "package.gone")
    assert ["steps/near.py", "far.py", "package/part.py", "src/deep.py", "", "package/__init__.py"] == [
        module_file(tmp_path, folders, name) for name in names
    ]
    (tmp_path / "far.py").write_text("from package import part\n")
    assert ("far.py", "package/__init__.py", "package/part.py") == imported_files(
        tmp_path, folders, ["far.py"]
    )


def test_no_base_lies_outside_the_project():
    step = Step(name="s", run=("python", "../x.py"), env={"PYTHONPATH": "/usr:lib:../y"})
    assert {"", "lib", "src"} == set(import_folders(step, Path("/project")))
