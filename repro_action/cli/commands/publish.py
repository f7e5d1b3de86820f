# SPDX-License-Identifier: Apache-2.0
"""`repro publish`: a comment made of reports that other jobs or machines wrote."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro_action.action.publish_reports import Telling
    from repro_action.report.bundle import Bundle
    from repro_action.sinks.github.port import PullRequest

_EPILOG = """\
examples:
  repro publish --dry-run repro-report.json          print the comment
  repro publish --pull 12 --repository octo/models repro-report.json
  repro publish --merge --pull 12 reports/           one comment of all reports below a folder

The token is read from GITHUB_TOKEN, the repository from GITHUB_REPOSITORY where it is not named,
and GITHUB_API_URL names an Enterprise Server. In a workflow the action does all this by itself.
"""

_USAGE = "usage: repro publish [--merge] [--pull NUMBER] [--repository OWNER/NAME] [--dry-run] REPORT ..."

MOST = 1_000
"""Reports that are merged."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "reports", nargs="+", metavar="REPORT", type=Path, help="repro-report.json, or a folder of such"
    )
    parser.add_argument("--merge", action="store_true", help="make one comment of several reports")
    parser.add_argument("--pull", type=int, metavar="NUMBER", help="the pull request to comment on")
    parser.add_argument("--repository", metavar="OWNER/NAME", default="", help="where it is")
    parser.add_argument("--comment-id", default="repro", metavar="ID", help="tells several comments apart")
    parser.add_argument("--dry-run", action="store_true", help="print the comment; ask nobody")


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from repro_action.cli import console

    bundle = _read(options)
    if options.dry_run:
        from repro_action.report.render.markdown.comment import Context, render

        page = render(bundle, Context())
        if options.json:
            console.print_result("publish", 0, {"verdict": bundle.verdict.value, "markdown": page})
        else:
            import sys

            sys.stdout.write(page)
        return 0
    posted = _post(options, bundle)
    if options.json:
        console.print_result(
            "publish", 0, {"verdict": bundle.verdict.value, "what": posted[0], "url": posted[1]}
        )
    else:
        console.print_line(f"comment {posted[0]}: {posted[1]}")
    return 0


def _post(options: argparse.Namespace, bundle: Bundle) -> tuple[str, str]:
    from repro_action.action.publish_reports import comment
    from repro_action.cli.usage import UsageError
    from repro_action.sinks.github.adapter import API, GitHub

    repository = options.repository or os.environ.get("GITHUB_REPOSITORY", "")
    token = os.environ.get("GITHUB_TOKEN", "")
    if options.pull is None or not repository:
        raise UsageError(
            "which pull request is meant is not said", remedy="Add --pull and --repository.", usage=_USAGE
        )
    if not token:
        raise UsageError(
            "there is no token", remedy="Set GITHUB_TOKEN to one that may write pull requests.", usage=_USAGE
        )
    forge = GitHub(repository, token=token, api_url=os.environ.get("GITHUB_API_URL", API))
    pull: PullRequest = forge.pull(options.pull)
    run = _number("GITHUB_RUN_ID")
    posted = comment(forge, pull, bundle, _telling(options), run=run, attempt=_number("GITHUB_RUN_ATTEMPT"))
    return (posted.what.value, posted.url) if posted is not None else ("skipped", "")


def _telling(options: argparse.Namespace) -> Telling:
    from repro_action.action.inputs import Mode
    from repro_action.action.inputs import read as read_inputs
    from repro_action.action.publish_reports import Telling

    inputs = read_inputs({"REPRO_INPUT_COMMENT_ID": options.comment_id})
    server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
    return Telling(identity=inputs.comment_id, mode=Mode.ALWAYS, fail_on=inputs.fail_on, server=server)


def _number(name: str) -> int:
    text = os.environ.get(name, "")
    return int(text) if re.fullmatch(r"[0-9]{1,17}", text) else 0


def _read(options: argparse.Namespace) -> Bundle:
    from repro_action.cli.usage import UsageError
    from repro_action.codec import bundle as bundle_json
    from repro_action.errors import ArtifactUnreadable
    from repro_action.report.bundle import LARGEST, NAME, merged

    paths = [
        found
        for place in (options.directory / report for report in options.reports)
        for found in (sorted(place.rglob(NAME)) if place.is_dir() else [place])
    ]
    if not paths or len(paths) > MOST:
        raise ArtifactUnreadable(
            f"there is no {NAME} there" if not paths else f"there are more than {MOST} reports",
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
    return merged(tuple(bundles))
