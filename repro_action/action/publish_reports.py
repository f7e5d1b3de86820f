# SPDX-License-Identifier: Apache-2.0
"""`publish`: reports told on pull requests, from the job that trained or from a trusted one after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from repro_action.action.inputs import Mode
from repro_action.action.outputs import changed
from repro_action.codec import bundle as bundle_json
from repro_action.errors import ArtifactUnreadable
from repro_action.report.bundle import LARGEST, NAME, Bundle, merged
from repro_action.report.render.markdown.comment import Context, render
from repro_action.sinks.github import archive
from repro_action.sinks.github.marker import Marker
from repro_action.sinks.github.port import Artifact, Forge, PullRequest, WorkflowRun
from repro_action.sinks.github.resolve_run import Found, Resolved, resolve
from repro_action.sinks.github.upsert import Posted, post
from repro_action.verdict import Verdict

ARTIFACTS = 256
"""Of one run: as many jobs as a matrix can have."""

ZIP = 32 << 20
"""Bytes of one artifact, packed."""

ZIPS = 256 << 20
"""Bytes of all artifacts of one run, packed."""

UNPACKED = 128 << 20
"""Bytes of all reports of one run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How reports are told in a repository.

    Attributes:
        identity: of the comment.
        mode: when one is written.
        fail_on: verdicts that fail the job.
        server: of this GitHub, for the link to the run.
    """

    identity: str
    mode: Mode
    fail_on: frozenset[Verdict]
    server: str = "https://github.com"

    def wants(self, bundle: Bundle) -> bool:
        """Whether a comment is written where there is none; one that stands is kept up to date."""
        match self.mode:
            case Mode.ALWAYS:
                return True
            case Mode.CHANGES:
                return any(changed(entry) for entry in bundle.entries)
            case Mode.FAILURES:
                return any(entry.report.verdict in self.fail_on for entry in bundle.entries)
            case Mode.OFF:
                return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a trusted job did with another run's reports.

    Attributes:
        resolved: the pull requests.
        bundle: the reports; None where nothing was read.
        posted: what became of the comment on each.
    """

    resolved: Resolved
    bundle: Bundle | None = None
    posted: tuple[Posted, ...] = ()


def comment(
    forge: Forge,
    pull: PullRequest,
    bundle: Bundle,
    telling: Telling,
    *,
    run: int,
    attempt: int,
    untrusted: bool = False,
) -> Posted | None:
    """Tell a bundle on a pull request; None where comments are off.

    Args:
        forge: where.
        pull: which; its head is the commit that was trained.
        bundle: what.
        telling: how.
        run: of the workflow that trained.
        attempt: of that run.
        untrusted: whether the numbers come from people without write access.

    Raises:
        ForgeError: it could not be told; `NotPermitted` names the permission that is missing.
    """
    if telling.mode is Mode.OFF:
        return None
    marker = Marker(id=telling.identity, run=run, attempt=attempt, sha=pull.head_sha)
    context = Context(
        marker=marker.line,
        run_url=f"{telling.server}/{forge.repository}/actions/runs/{run}",
        commit=pull.head_sha,
        base=pull.base_ref,
        branch="" if pull.from_fork else pull.head_ref,
        untrusted=untrusted,
        accept=bundle.accepts and not pull.from_fork,
    )
    body = render(bundle, context)
    return post(forge, pull.number, marker, body, create=telling.wants(bundle))


def from_run(forge: Forge, run: WorkflowRun, telling: Telling, *, artifact: str) -> Told:
    """Tell what a run left behind, on the pull requests that it was for.

    The reports are data: they are checked, and told in our own words. A run of a fork is
    labelled as such; whoever can push to this repository could have committed anything anyway.

    Args:
        forge: where.
        run: from the event `workflow_run`.
        telling: how.
        artifact: name of its artifacts; `NAME-ANYTHING` are read too.

    Raises:
        ArtifactUnreadable: an artifact is not what the action writes. Nothing is told then: what
            could not be read would look as if it had passed.
        ForgeError: GitHub could not be asked, or refused.
    """
    resolved = resolve(forge, run)
    if resolved.found is not Found.PULLS or telling.mode is Mode.OFF:
        return Told(resolved=resolved)
    bundles = read(forge, run.id, artifact)
    if not bundles:
        return Told(resolved=resolved)
    bundle = merged(bundles)
    posted = [
        comment(forge, pull, bundle, telling, run=run.id, attempt=run.attempt, untrusted=pull.from_fork)
        for pull in resolved.pulls
    ]
    return Told(resolved=resolved, bundle=bundle, posted=tuple(one for one in posted if one is not None))


def read(forge: Forge, run: int, artifact: str) -> tuple[Bundle, ...]:
    """Return the bundles that a run left: the newest of each name, expired ones left out.

    Raises:
        ArtifactUnreadable: one is not what the action writes, or they are too many or too large.
        ForgeError: GitHub could not be asked.
    """
    chosen = _newest(forge.artifacts(run), artifact)
    if len(chosen) > ARTIFACTS:
        raise _too_much(f"the run has more than {ARTIFACTS} artifacts of that name", artifact)
    if any(one.size > ZIP for one in chosen) or sum(one.size for one in chosen) > ZIPS:
        raise _too_much("the run's artifacts are larger than any reports", artifact)
    bundles = []
    room = UNPACKED
    for one in chosen:
        text = archive.read(
            forge.artifact(one.id, limit=ZIP), NAME, limit=min(LARGEST, room), where=ascii(one.name)[:100]
        )
        room -= len(text)
        bundles.append(bundle_json.load(text))
    return tuple(bundles)


def _newest(artifacts: Sequence[Artifact], name: str) -> list[Artifact]:
    newest: dict[str, Artifact] = {}
    for one in sorted(artifacts, key=lambda one: one.id):
        if not one.expired and (one.name == name or one.name.startswith(f"{name}-")):
            newest[one.name] = one
    return [newest[known] for known in sorted(newest)]


def _too_much(what: str, artifact: str) -> ArtifactUnreadable:
    return ArtifactUnreadable(
        what, where=f"artifact {artifact}", remedy="Upload nothing but the report that the action writes."
    )
