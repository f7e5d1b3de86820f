# SPDX-License-Identifier: Apache-2.0
"""Runs in W&B by its real library: what an offline run holds, and servers that do not take one."""

from __future__ import annotations

import base64
import json
import math
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from factories import make_fingerprint
from integration.wandb_server import wandb_server
from required import TOOLS, program_of

from repro_action.baseline import Baseline
from repro_action.config.services import WandbConfig
from repro_action.listing import flatten
from repro_action.readers import read_artifact
from repro_action.report.bundle import Bundle, Entry
from repro_action.report.model import Report
from repro_action.sinks import Delivery, Publication, deliver
from repro_action.sinks.wandb import process
from repro_action.sinks.wandb.runs import WandbRuns
from repro_action.tree import Kind, Leaf, Scalar
from repro_action.verdict import Verdict

REPORT = Report(tool="0.1.0", name="wine", verdict=Verdict.REPRODUCED, headline="all of it is identical")
KEY = "0123456789abcdef" * 3


@pytest.fixture(scope="module")
def python() -> str:
    return str(program_of("tools", package="wandb"))


def publish(root: Path, python: str, config: WandbConfig | None = None, **environ: str) -> Delivery:
    fingerprint = replace(
        make_fingerprint(), metrics={"m.json": {"accuracy": 0.5, "gap": math.nan, "name": "x"}}
    )
    made = Baseline(name="m", platforms={fingerprint.platform: fingerprint})
    entry = Entry(config="repro.toml", baseline="repro.baseline.json", report=REPORT, candidate=made)
    sink = WandbRuns(
        config=config or WandbConfig(),
        environ={"HOME": str(root / "home"), **environ},
        root=root,
        python=python,
    )
    (delivery,) = deliver([sink], Publication(bundle=Bundle(tool="0.1.0", entries=(entry,)), commit="c" * 40))
    return delivery


def content(leaf: Leaf) -> Scalar:
    if leaf.kind is Kind.TEXT and leaf.payload is not None:
        return b"".join(map(bytes, leaf.payload.chunks(1 << 20))).decode()
    return leaf.value


def said(delivery: Delivery) -> str:
    error = delivery.error
    assert error is not None
    return f"{error.what} {error.why} {error.remedy} {error!r}"


def test_an_offline_run_holds_what_was_found_and_is_kept_once(python: str, tmp_path: Path) -> None:
    config = WandbConfig(project="wine/red", mode="offline")
    first = publish(tmp_path, python, config)
    assert first.error is None, said(first)
    (folder,) = (tmp_path / ".repro" / "wandb").iterdir()
    (log,) = folder.glob("run-*.wandb")
    leaves = {path: content(leaf) for path, leaf in flatten(read_artifact(log).root).items()}
    assert (first.outcome, first.url) == ("logged", f".repro/wandb/{folder.name}")
    assert leaves["summary['accuracy']"] == 0.5
    assert leaves["summary['gap']"] == "NaN"
    assert leaves["summary['repro/verdict']"] == "reproduced"
    assert leaves["config['repro']['commit']"] == "c" * 40
    assert leaves["config['params.toml: C']"] == 1.0
    assert b"wine_red" in log.read_bytes()
    files = {path.name for path in (folder / "files" / "repro").iterdir()}
    assert files == {"report.json", "report.md", "candidate.json"}
    assert publish(tmp_path, python, config).outcome == "unchanged"
    assert not list(tmp_path.glob("wandb"))
    assert not (tmp_path / "home" / ".local").exists()


def test_no_run_is_written_behind_a_link(python: str, tmp_path: Path) -> None:
    (tmp_path / ".repro").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".repro" / "wandb").symlink_to(tmp_path / "elsewhere")
    assert "is a link" in said(publish(tmp_path, python, WandbConfig(mode="offline")))
    assert not list((tmp_path / "elsewhere").iterdir())


def test_nobody_logged_in_is_a_sentence(python: str, tmp_path: Path) -> None:
    delivery = publish(tmp_path, python)
    assert "nobody is logged in" in said(delivery)
    assert not (tmp_path / ".repro").exists()


def test_a_library_that_is_absent_is_a_sentence(tmp_path: Path) -> None:
    # A folder that W&B left in a project is no library.
    (tmp_path / "wandb").mkdir()
    delivery = publish(tmp_path, sys.executable, WandbConfig(mode="offline"))
    assert "is not installed beside repro" in said(delivery)


def test_a_run_that_is_switched_off_is_none(tmp_path: Path) -> None:
    assert publish(tmp_path, sys.executable, WANDB_MODE="disabled").outcome == "disabled"


def test_settings_that_a_pull_request_brings_are_not_read(python: str, tmp_path: Path) -> None:
    (tmp_path / "wandb").mkdir()
    with silent_server() as address:
        (tmp_path / "wandb" / "settings").write_text(f"[default]\nbase_url = {address}\nmode = online\n")
        delivery = publish(tmp_path, python, WandbConfig(mode="offline"), WANDB_API_KEY=KEY)
    assert delivery.error is None


def test_a_run_is_sent_to_the_server_of_the_variables_and_nothing_is_kept(
    python: str, tmp_path: Path
) -> None:
    with wandb_server() as server:
        rights = {"WANDB_API_KEY": KEY, "WANDB_BASE_URL": server.address}
        delivery = publish(tmp_path, python, WandbConfig(project="wine"), **rights)
    assert delivery.error is None, said(delivery)
    assert (delivery.outcome, delivery.url) == (
        "logged",
        f"{server.address}/acme/wine/runs/{server.run['name']}",
    )
    assert {f"repro/{name}" for name in ("report.json", "report.md", "candidate.json")} < set(server.files)
    summary = json.loads(server.files["wandb-summary.json"])
    assert ("reproduced", 0.5) == (summary["repro/verdict"], summary["accuracy"])
    assert b"host" not in b"".join(server.files.values()).lower()
    assert all(KEY in base64.b64decode(one.removeprefix("Basic ")).decode() for one in server.rights if one)
    assert not (tmp_path / ".repro").exists()


def test_a_server_that_refuses_is_a_sentence_and_the_run_is_kept(python: str, tmp_path: Path) -> None:
    with wandb_server(status=401) as server:
        delivery = publish(tmp_path, python, WANDB_API_KEY=KEY, WANDB_BASE_URL=server.address)
    assert "W&B did not take the run" in said(delivery)
    assert KEY not in said(delivery)
    assert list(tmp_path.glob(".repro/wandb/offline-run-*"))


@contextmanager
def silent_server() -> Iterator[str]:
    """Take connections, and answer nothing."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_server_that_hangs_is_given_up_and_the_run_is_kept(
    python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "BEGIN", 2.0)
    with silent_server() as address:
        delivery = publish(tmp_path, python, WANDB_API_KEY=KEY, WANDB_BASE_URL=address)
    text = said(delivery)
    assert "W&B did not take the run" in text
    assert "wandb sync .repro/wandb/offline-run-" in text
    (log,) = tmp_path.glob(".repro/wandb/offline-run-*/run-*.wandb")
    assert "summary['accuracy']" in flatten(read_artifact(log).root)
    assert KEY not in text
    assert not any(KEY.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(TOOLS / "lib") not in "\n".join(line for line in running.splitlines() if "wandb-core" in line)
