# SPDX-License-Identifier: Apache-2.0
"""`repro fetch`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from repro_action.errors import ConfigError

if TYPE_CHECKING:
    from repro_action.archive.archive import Archive
    from repro_action.archive.bring_back import BroughtBack
    from repro_action.flows.fetch import ListedVersion, WantedVersion
    from repro_action.runs.project import Project

_EPILOG = """\
examples:
  repro fetch HEAD~3                  its accepted products, into .repro/fetched
  repro fetch wine@v1.2 out/model.joblib -o /tmp/old
  repro fetch --best accuracy --since 2026-03-01 --until 2026-03-31
  repro fetch --list                  what is archived, and of which commits
  repro fetch --remove 3f9a1c04b2d7   the only way that anything is removed

`repro accept --keep`, or `[archive] url`, archives products. What comes back
must be what the baseline at that commit says, and nothing is overwritten.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "version", nargs="?", default="", metavar="[NAME@]COMMIT", help="a revision of git, or a fingerprint"
    )
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="products, or folders of products; default: all"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="folder that receives them")
    parser.add_argument(
        "--platform", default="", metavar="CLASS", help="class of platform, where there are several"
    )
    parser.add_argument(
        "--best", default="", metavar="METRIC", help="the commit whose baseline has the best value"
    )
    parser.add_argument("--since", default="", metavar="DATE", help="with --best: commits from this day on")
    parser.add_argument("--until", default="", metavar="DATE", help="with --best: commits up to this day")
    parser.add_argument("--list", action="store_true", help="list archived versions")
    parser.add_argument(
        "--remove", action="append", default=[], metavar="FINGERPRINT", help="remove an archived version"
    )


def execute(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from repro_action.archive.open import open_archive
    from repro_action.cli import console

    _require_one(options)
    project = console.open_project(options)
    archive = open_archive(project.config)
    if options.list:
        return _list(options, project, archive)
    if options.remove:
        return _remove(options, project, archive)
    return _fetch(options, project, archive)


def _require_one(options: argparse.Namespace) -> None:
    if (
        sum(map(bool, (options.version and not options.best, options.best, options.list, options.remove)))
        != 1
    ):
        raise ConfigError(
            "name one version, or one of --best, --list and --remove", remedy="See `repro fetch --help`."
        )


def _list(options: argparse.Namespace, project: Project, archive: Archive) -> int:
    from repro_action.cli import console
    from repro_action.flows.fetch import listed
    from repro_action.report.numbers import size
    from repro_action.text import plural

    found = listed(project, archive)
    if options.json:
        console.print_result(
            "fetch", 0, {"archive": archive.store.address, "versions": [_row(one) for one in found]}
        )
        return 0
    for one in found:
        commits = ", ".join(f"{commit[:12]} of {day}" for commit, day in one.commits[:3])
        more = f" and {len(one.commits) - 3} more" if len(one.commits) > 3 else ""
        version = one.version
        products = f"{plural(len(version.products), 'product')}, {size(version.size)}"
        where = commits + more if commits else "no commit here has it"
        console.print_line(f"{version.fingerprint[:12]}  {version.platform}  {products}  {where}")
    if not found:
        console.print_line(f"nothing is archived in {archive.store.address}")
    return 0


def _row(one: ListedVersion) -> dict[str, object]:
    version = one.version
    return {
        "fingerprint": version.fingerprint,
        "platform": version.platform,
        "bytes": version.size,
        "products": {path: product.digest for path, product in version.products.items()},
        "commits": [{"commit": commit, "day": day} for commit, day in one.commits],
    }


def _remove(options: argparse.Namespace, project: Project, archive: Archive) -> int:
    from repro_action.cli import console
    from repro_action.flows.fetch import removed

    done = removed(project, archive, tuple(options.remove))
    if options.json:
        console.print_result("fetch", 0, {"removed": done})
        return 0
    for fingerprint, objects in done.items():
        console.print_line(f"removed {fingerprint[:12]}, and {objects} objects that no other version has")
    return 0


def _fetch(options: argparse.Namespace, project: Project, archive: Archive) -> int:
    from repro_action.cli import console
    from repro_action.flows.fetch import best, fetch, named

    paths = tuple(options.paths)
    if options.best:
        # What stands first is a product then: the version is chosen by its metric.
        paths = tuple(filter(None, (options.version, *paths)))
        wanted = best(
            project, options.best, since=options.since, until=options.until, platform=options.platform
        )
    else:
        wanted = named(project, archive, options.version, options.platform)
    into = options.output or project.config.state / "fetched" / wanted.fingerprint[:12]
    done = fetch(project, archive, wanted, into, paths)
    if options.json:
        console.print_result("fetch", 0, _as_json(wanted, done, into))
        return 0
    chosen = f" ({wanted.chosen_by})" if wanted.chosen_by else ""
    at = f" of commit {wanted.commit[:12]}" if wanted.commit else ""
    console.print_line(f"version {wanted.fingerprint[:12]}{at}{chosen}")
    for path in done.products:
        console.print_line(f"  {into / path}")
    if wanted.accepted is None:
        console.print_line("no commit here has this version, so only the archive's own digests were checked")
    elif done.unproven:
        console.print_line(f"the baseline has no digest of the bytes of {', '.join(done.unproven[:3])}")
    else:
        console.print_line("their bytes are those of the committed baseline")
    return 0


def _as_json(wanted: WantedVersion, done: BroughtBack, into: Path) -> dict[str, object]:
    return {
        "fingerprint": wanted.fingerprint,
        "commit": wanted.commit,
        "folder": str(into),
        "products": list(done.products),
        "bytes": done.size,
        "checked": wanted.accepted is not None,
        "unproven": list(done.unproven),
    }
