# SPDX-License-Identifier: Apache-2.0
"""`repro verify`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro_action.baseline import Baseline
    from repro_action.config.model import Config
    from repro_action.flows.fix_inputs import AddedInputs
    from repro_action.report.model import Report
    from repro_action.runs.project import Project
    from repro_action.signing.port import Signer
    from repro_action.sinks import Sink

_EPILOG = """\
examples:
  repro verify                         train, compare with repro.baseline.json
  repro verify --against origin/main   show as well what this branch changes
  repro verify --json > report.json    for machines
  repro verify report.ipynb            do its cells make its outputs?
  repro verify --fix                   add inputs that are missing to repro.toml

Beside a dvc.yaml and without a repro.toml, it says whether dvc.lock is true.
"""

_NAMED = 10
"""Files that a line names."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "notebook",
        nargs="?",
        type=Path,
        help="a notebook (.ipynb) without a configuration: are its committed outputs what its cells make?",
    )
    parser.add_argument(
        "--against",
        metavar="REF",
        default="",
        help="also compare this baseline with the one at a git revision",
    )
    parser.add_argument(
        "--reuse",
        action="store_true",
        help="reuse cached outputs of steps whose materials did not change; the report says so",
    )
    parser.add_argument(
        "--no-repeat",
        dest="repeat",
        action="store_false",
        help="skip the second run that confirms a first run or a drift",
    )
    parser.add_argument(
        "--fix",
        action="store_true",
        help="where a step fails as it does not declare a file of the project, add it to the inputs and "
        "run again",
    )
    _configure_receipt(parser)
    parser.add_argument("--quiet", "-q", action="store_true", help="show only the report, no progress")
    parser.add_argument("--report-json", metavar="FILE", type=Path, help="also write the report as JSON")
    parser.add_argument(
        "--report-markdown", metavar="FILE", type=Path, help="also write the report as Markdown"
    )

    parser.add_argument(
        "--sink",
        action="append",
        metavar="NAME",
        help="also publish the report to an installed package's sink, such as acme.chat",
    )


def _configure_receipt(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--receipt",
        action="store_true",
        help="sign what this run got, whatever its verdict, into receipts/: see docs/evidence.md",
    )
    parser.add_argument(
        "--key", metavar="FILE", type=Path, help="private key for --receipt; else REPRO_SIGNING_KEY"
    )


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from repro_action.cli import console
    from repro_action.config.model import DEFAULT_BASELINE
    from repro_action.environments import backend_for
    from repro_action.errors import ReproError

    console.require_writable("--report-json", options.report_json)
    console.require_writable("--report-markdown", options.report_markdown)
    sinks = _sinks(options)
    signer = _signer(options)
    try:
        console.require_folder(options.directory)
        project = _open(options)
        backend_for(project.config)
    except ReproError as error:
        from repro_action.report.build import failure as errors

        # Whoever reads the report must find one, also where nothing could begin.
        report = errors.failed(error, name=options.directory.resolve().name)
        _publish(report, Path("repro.toml"), Path(DEFAULT_BASELINE), sinks)
        return console.show_report(report, as_json=options.json)
    project, report = _verify(options, project)
    own = (*_own_files(project.store.folder), *_trackers(project.config, options))
    if options.notebook is not None:
        from repro_action.flows.notebook_project import move_executed_copy

        move_executed_copy(project)
    _publish(
        report,
        project.config.path,
        project.config.baseline_path,
        (*own, *sinks),
        _candidate(project, report),
        _baseline_commit(project),
    )
    if signer is not None:
        _write_receipt(project, report, signer)
    return console.show_report(report, as_json=options.json)


def _signer(options: argparse.Namespace) -> Signer | None:
    """Return the key of a receipt, before anything is trained for it.

    Raises:
        KeyRefused: there is none, or it cannot be read.
    """
    if not options.receipt:
        return None
    from repro_action.signing.own_keys import KEY_VARIABLE, PASSPHRASE_VARIABLE, required_key

    signer = required_key(options.key, os.environ)
    for name in (KEY_VARIABLE, PASSPHRASE_VARIABLE):
        os.environ.pop(name, None)  # nothing that is started from here on inherits them
    return signer


def _write_receipt(project: Project, report: Report, signer: Signer) -> None:
    """Write a receipt; one that cannot be written is an error of its own, and changes no verdict."""
    from repro_action.cli import console
    from repro_action.errors import ReproError
    from repro_action.flows.receipts import write_receipt

    try:
        path = write_receipt(project, report, signer)
    except ReproError as error:
        console.show_error(error)
    else:
        console.print_note(f"receipt: {path.relative_to(project.config.root)}; commit or publish it")


def _verify(options: argparse.Namespace, project: Project) -> tuple[Project, Report]:
    """Verify, with `--fix` as often as something that was missing could be added."""
    from repro_action.cli import console
    from repro_action.environments import backend_for
    from repro_action.flows.verify import Attempt, VerifyOptions, attempt_to_verify
    from repro_action.progress import Silent

    verify_options = VerifyOptions(against=options.against, reuse=options.reuse, repeat=options.repeat)

    def verify(project: Project) -> Attempt:
        backend = backend_for(project.config)
        if options.quiet:
            return attempt_to_verify(project, backend, verify_options, Silent())
        with console.open_progress() as progress:
            return attempt_to_verify(project, backend, verify_options, progress)

    if not options.fix:
        return project, verify(project).report
    from repro_action.flows.fix_inputs import verify_and_fix

    project, attempt = verify_and_fix(project, verify, _show_added)
    return project, attempt.report


def _show_added(added: AddedInputs) -> None:
    from repro_action.cli import console
    from repro_action.paths.names import shown

    def listed(paths: Sequence[str]) -> str:
        more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
        return f"{', '.join(paths[:_NAMED])}{more}"

    if added.paths:
        paths = listed([shown(path) for path in added.paths])
        console.print_note(f"added to inputs of step {shown(added.step)} in {added.config}: {paths}")
    if added.left_out:
        console.print_note(
            f"not added: {listed(added.left_out)}, which may hold keys or passwords, "
            "or lead out of the project; add it by hand if the step must read it"
        )


def _open(options: argparse.Namespace) -> Project:
    """Open the project; without a configuration, that of DVC, whose `dvc.lock` is then checked.

    Raises:
        ConfigError: there is neither, or it is wrong.
    """
    from repro_action.cli import console
    from repro_action.config.find import NoConfiguration

    if options.notebook is not None:
        return _open_notebook(options)
    try:
        return console.open_project(options)
    except NoConfiguration:
        from repro_action.flows.dvc_project import find_pipeline, open_dvc_project

        root = find_pipeline(options.directory)
        if root is None:
            raise
        if options.against:
            from repro_action.errors import ConfigError

            raise ConfigError(
                "--against compares the committed baselines of two revisions, and DVC has none",
                remedy="Run `repro init`, then `repro verify` and `repro accept`.",
            ) from None
        return console.with_recovery(open_dvc_project(root))


def _open_notebook(options: argparse.Namespace) -> Project:
    from repro_action.errors import ConfigError
    from repro_action.flows.notebook_project import open_notebook

    if options.notebook.suffix != ".ipynb":
        raise ConfigError(
            "only a notebook can be named", remedy="Name a configuration with --config, a folder with -C."
        )
    if options.against or options.config is not None:
        raise ConfigError(
            "a notebook that is named has no configuration",
            remedy="Leave out --against and --config, or add the notebook to the configuration as a step.",
        )
    return open_notebook(options.directory, options.notebook)


def _publish(
    report: Report,
    config: Path,
    baseline: Path,
    sinks: tuple[Sink, ...],
    candidate: Baseline | None = None,
    baseline_commit: str = "",
) -> None:
    """Publish the report; a sink that fails is named, and hides or changes no verdict."""
    from repro_action.cli import console
    from repro_action.report.bundle import Bundle, Entry
    from repro_action.sinks import Publication, deliver

    entry = Entry(config=config.name, baseline=baseline.name, report=report, candidate=candidate)
    bundle = Bundle(tool=report.tool, entries=(entry,))
    for delivery in deliver(sinks, Publication(bundle=bundle, baseline_commit=baseline_commit)):
        if delivery.error is not None:
            console.show_error(delivery.error)
        elif delivery.url:
            console.print_note(f"{delivery.sink}: {delivery.url}")


def _sinks(options: argparse.Namespace) -> tuple[Sink, ...]:
    """Return the sinks that were asked for, before anything is trained for them.

    Raises:
        ExtensionError: one is not installed.
    """
    from repro_action.sinks import make_sinks
    from repro_action.sinks.settings import SinkSettings

    settings = SinkSettings(environ=os.environ, json=options.report_json, markdown=options.report_markdown)
    return make_sinks(["report-files", *(options.sink or ())], settings)


def _own_files(folder: Path) -> tuple[Sink, ...]:
    from repro_action.sinks import make_sinks
    from repro_action.sinks.settings import SinkSettings

    settings = SinkSettings(json=folder / "report.json", markdown=folder / "report.md")
    return make_sinks(["report-files"], settings)


def _trackers(config: Config, options: argparse.Namespace) -> tuple[Sink, ...]:
    """Return the sinks that the configuration names."""
    from repro_action.cli import console
    from repro_action.errors import SinkError
    from repro_action.sinks import make_sinks
    from repro_action.sinks.settings import SinkSettings

    track = config.track
    settings = SinkSettings(environ=os.environ, root=config.root, mlflow=track.mlflow, wandb=track.wandb)
    found: list[Sink] = []
    for name, wanted in (("mlflow", track.mlflow), ("wandb", track.wandb)):
        if wanted is not None and name not in (options.sink or ()):
            try:
                found += make_sinks([name], settings)
            except SinkError as error:  # of a server that only another machine's variables name
                console.show_error(error)
    return tuple(found)


def _baseline_commit(project: Project) -> str:
    """Return the commit that last changed the baseline, for trackers; empty where it is not committed."""
    track, path = project.config.track, project.config.baseline_path
    if track.mlflow is None and track.wandb is None:
        return ""
    committed = project.history.has_committed(path.name, path)
    return (project.history.last_change(path.name) or "") if committed else ""


def _candidate(project: Project, report: Report) -> Baseline | None:
    """Return what the run made, as a baseline of it alone; None where it failed."""
    from repro_action.baseline import Baseline
    from repro_action.verdict import Verdict

    name = project.config.name
    made = project.store.candidate(name) if report.verdict is not Verdict.FAILED else None
    return Baseline(name=name, platforms={made.platform: made}) if made is not None else None
