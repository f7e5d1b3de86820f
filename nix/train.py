# SPDX-License-Identifier: Apache-2.0

"""Runs a pipeline inside a derivation: `repro verify` with what Nix already provides left to Nix.

The interpreter of the derivation is the environment, and Nix' sandbox encloses the steps, so
`[environment]` and `[sandbox]` of the configuration do not apply.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from repro_action.baseline import Baseline
from repro_action.cli import console
from repro_action.codec.baseline import dump
from repro_action.config.model import EnvironmentConfig, SandboxConfig
from repro_action.environments import backend_for
from repro_action.errors import ReproError
from repro_action.fingerprint import Fingerprint
from repro_action.flows.verify import VerifyOptions, verify
from repro_action.report.render.terminal.progress import PlainProgress
from repro_action.runs.plan import make_plan
from repro_action.runs.project import Project


def main() -> int:
    """Train, tell, and write products and manifest."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("verdicts", nargs="+")
    options = parser.parse_args()
    project = _project(options.config)
    # The builder's own variables (cores, paths of the build) are no matter of the steps.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("NIX_")}
    backend = backend_for(project.config, environ)
    report = verify(project, backend, VerifyOptions(), PlainProgress(sys.stderr, github=False))
    console.show_report(report, as_json=False)
    candidate = project.store.candidate(project.config.name)
    if candidate is None:
        return 2
    if report.verdict.value not in options.verdicts:
        sys.stderr.write(f"{report.verdict.value}: this derivation accepts {', '.join(options.verdicts)}\n")
        return 1
    _write(project, candidate, options.into)
    return 0


def _project(path: Path) -> Project:
    opened = Project.open(Path.cwd(), path)
    config = replace(
        opened.config, environment=EnvironmentConfig(), sandbox=SandboxConfig(network=True, files="any")
    )
    return replace(opened, config=config)


def _write(project: Project, candidate: Fingerprint, into: Path) -> None:
    for path in make_plan(project.config).outputs:
        source, target = project.config.root / path, into / "products" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True)
        else:
            shutil.copyfile(source, target)
    # Circumstances differ between builders, and are never compared.
    held = replace(candidate, circumstances={})
    manifest = dump(Baseline(name=project.config.name, platforms={held.platform: held}))
    (into / "manifest.json").write_text(manifest, encoding="utf-8", errors="surrogateescape")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ReproError as error:
        sys.exit("\n".join(filter(None, (error.what, error.why, error.remedy))))
