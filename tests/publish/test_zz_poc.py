import io, os, sys, subprocess, json
from pathlib import Path
import pytest
from publish.test_action_stages import Scene, scene, writer, git

__all__ = ["scene"]


def test_lines(scene, hub, capfd):
    writer(hub)
    payload = scene.pull()
    p = scene.root / "train.py"
    p.write_text(
        'import sys\nprint("##[add-mask]a", file=sys.stderr)\nprint("::error::boo", file=sys.stderr)\nsys.exit("##[set-output name=verdict;]reproduced")\n'
    )
    scene.commit("x")
    status, outputs, log, summary = scene.stages("pull_request", payload)
    out = capfd.readouterr()
    print(status, outputs.get("verdict"))
    for name, text in (("stdout", log), ("stdout2", out.out), ("stderr", out.err)):
        for line in text.splitlines():
            if "##[" in line or line.lstrip().startswith("::"):
                print(name, repr(line[:150]))
    assert 0


def test_symlinked_config(scene, hub, tmp_path):
    writer(hub)
    payload = scene.pull()
    out = tmp_path / "outside.toml"
    (scene.root / "repro.toml").rename(out)
    (scene.root / "repro.toml").symlink_to(out)
    scene.commit("x")
    status, outputs, log, summary = scene.stages("pull_request", payload)
    print(status, outputs, log)
    assert 0


def test_fail_on_equivalent(scene, hub):
    from repro_action.flows.action.tell import failing
    from repro_action.verdict import Verdict
    from publish.bundles import bundle

    assert 0
