# SPDX-License-Identifier: Apache-2.0
"""`repro publish`: reports that other jobs or machines wrote, as a comment or at another package's sink."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro_action.report.bundle import Bundle
    from repro_action.sinks.github.options import PublishOptions
    from repro_action.sinks.protocol import Delivery
    from repro_action.sinks.settings import SinkSettings

_EPILOG = """\
examples:
  repro publish --dry-run repro-report.json    print the comment
  repro publish --pull 12 --repository octo/models repro-report.json
  repro publish --merge --pull 12 reports/     one comment of all reports in it

The token is read from GITHUB_TOKEN, the repository from GITHUB_REPOSITORY where
it is not named, and GITHUB_API_URL names an Enterprise Server. In a workflow
the action does all this by itself.
"""

_USAGE = "usage: repro publish [--merge] [--pull NUMBER] [--repository OWNER/NAME] [--sink NAME] REPORT ..."

MOST = 1_000
"""Reports that are merged."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "reports",
        nargs="+",
        metavar="REPORT",
        type=Path,
        help="repro-report.json files, or folders that contain them",
    )
    parser.add_argument("--merge", action="store_true", help="make one comment of several reports")
    parser.add_argument("--pull", type=int, metavar="NUMBER", help="the pull request to comment on")
    parser.add_argument("--repository", metavar="OWNER/NAME", default="", help="where it is")
    parser.add_argument("--comment-id", default="repro", metavar="ID", help="distinguishes several comments")
    parser.add_argument(
        "--sink",
        action="append",
        metavar="NAME",
        help="publish there instead of in a comment: `comment`, or an installed package's, such as acme.chat",
    )
    parser.add_argument("--dry-run", action="store_true", help="print the comment without contacting GitHub")


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from repro_action.cli import console

    bundle = _read(options)
    if options.dry_run:
        from repro_action.report.render.markdown.comment import CommentContext, render

        page = render(bundle, CommentContext())
        if options.json:
            console.print_result("publish", 0, {"verdict": bundle.verdict.value, "markdown": page})
        else:
            import sys

            sys.stdout.write(page)
        return 0
    deliveries = _deliver(options, bundle)
    if options.json:
        own = {"verdict": bundle.verdict.value, "what": deliveries[0].outcome, "url": deliveries[0].url}
        console.print_result("publish", 0, own)
    else:
        for delivery in deliveries:
            line = f"{delivery.sink} {delivery.outcome}{': ' if delivery.url else ''}{delivery.url}"
            console.print_line(line)
    return 0


def _deliver(options: argparse.Namespace, bundle: Bundle) -> tuple[Delivery, ...]:
    from repro_action.action.reports import required
    from repro_action.sinks import Publication, deliver, make_sinks

    names = options.sink or ["comment"]
    settings = _settings(options, connected="comment" in names)
    pull = settings.pull
    publication = Publication(
        bundle=bundle,
        run=_number("GITHUB_RUN_ID"),
        attempt=_number("GITHUB_RUN_ATTEMPT"),
        commit=pull.head_sha if pull is not None else "",
        base=pull.base_ref if pull is not None else "",
    )
    return required(deliver(make_sinks(names, settings), publication))


def _settings(options: argparse.Namespace, *, connected: bool) -> SinkSettings:
    from repro_action.cli.usage import UsageError
    from repro_action.sinks.settings import SinkSettings

    if not connected:
        return SinkSettings(environ=os.environ)
    from repro_action.sinks.github.adapter import API, GitHub

    repository = options.repository or os.environ.get("GITHUB_REPOSITORY", "")
    token = os.environ.get("GITHUB_TOKEN", "")
    if options.pull is None or not repository:
        raise UsageError(
            "the pull request to comment on is not named", remedy="Add --pull and --repository.", usage=_USAGE
        )
    if not token:
        remedy = "Set GITHUB_TOKEN to one that may write pull requests."
        raise UsageError("there is no token", remedy=remedy, usage=_USAGE)
    host = GitHub(repository, token=token, api_url=os.environ.get("GITHUB_API_URL", API))
    return SinkSettings(
        environ=os.environ,
        connect=lambda: host,
        pull=host.pull(options.pull),
        options=_publish_options(options),
    )


def _publish_options(options: argparse.Namespace) -> PublishOptions:
    from repro_action.action.inputs import read as read_inputs
    from repro_action.sinks.github.options import CommentMode, PublishOptions

    inputs = read_inputs({"REPRO_INPUT_COMMENT_ID": options.comment_id})
    return PublishOptions(
        identity=inputs.comment_id,
        mode=CommentMode.ALWAYS,
        fail_on=inputs.fail_on,
        server=os.environ.get("GITHUB_SERVER_URL", "https://github.com"),
    )


def _number(name: str) -> int:
    text = os.environ.get(name, "")
    return int(text) if re.fullmatch(r"[0-9]{1,17}", text) else 0


def _read(options: argparse.Namespace) -> Bundle:
    from repro_action.action.reports import completed
    from repro_action.cli.usage import UsageError
    from repro_action.errors import ArtifactUnreadable
    from repro_action.report.bundle import LARGEST, NAME
    from repro_action.report.json import bundle as bundle_json

    paths = [
        found
        for place in (options.directory / report for report in options.reports)
        for found in (sorted(place.rglob(NAME)) if place.is_dir() else [place])
    ]
    if not paths or len(paths) > MOST:
        raise ArtifactUnreadable(
            f"there is no {NAME} at that path" if not paths else f"there are more than {MOST} reports",
            where=ascii(str(options.reports[0]))[1:-1],
        )
    if len(paths) > 1 and not options.merge:
        raise UsageError(
            f"{len(paths)} reports are named", remedy="Add --merge to make one comment of them.", usage=_USAGE
        )
    bundles = []
    for path in paths:
        with path.open("rb") as file:
            bundles.append(bundle_json.load(file.read(LARGEST + 1), path.name))
    return completed(tuple(bundles))
