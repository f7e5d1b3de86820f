# SPDX-License-Identifier: Apache-2.0
"""The inputs of the action: one table; tests hold `action.yml` and docs/action.md to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionInput:
    """One input of `action.yml`."""

    name: str
    default: str
    what: str

    @property
    def variable(self) -> str:
        """The variable that keeps it stable."""
        return f"REPRO_INPUT_{self.name.replace('-', '_').upper()}"


TABLE = (
    ActionInput(
        name="config",
        default="",
        what="configurations, one path or glob a line, such as `models/*/repro.toml`; "
        "empty for the one at the top, or else all below it",
    ),
    ActionInput(
        name="command",
        default="verify",
        what="`verify` trains and compares; `plan` lists what a change affects, for a matrix; "
        "`publish` comments on what other jobs found; `accept` carries out the comment `/repro accept`; "
        "`check` compares a deployed model with the baseline; "
        "`drift` compares new data with that of the baseline",
    ),
    ActionInput(
        name="subject",
        default="",
        what="for `check`: deployed models, an address or path a line, such as `models:/wine@champion`; "
        "`out/model.joblib = ADDRESS` says which output it is; for `drift`: files or folders of the checkout "
        "with new data, one a line; `data/train.csv = PATH` says which `[[data]]` entry it is like",
    ),
    ActionInput(
        name="working-directory",
        default="",
        what="folder of the checkout from which `config` is read; empty for its top",
    ),
    ActionInput(
        name="environment",
        default="",
        what="`current`, `venv`, `nix` or `nix-build` in place of what the configuration says",
    ),
    ActionInput(
        name="against",
        default="",
        what="commit or branch whose baseline shows what a change does; empty for the pull request's base",
    ),
    ActionInput(
        name="comment",
        default="changes",
        what="when to comment: `changes`, `always`, `failures` or `off`; "
        "an existing comment is kept up to date",
    ),
    ActionInput(
        name="comment-id",
        default="repro",
        what="distinguishes several comments on one pull request",
    ),
    ActionInput(
        name="comment-sections",
        default="",
        what="sections that the comment shows, such as `metrics next`, or those that it leaves out, such as "
        "`-history -steps`; empty for all. docs/reports.md has their names",
    ),
    ActionInput(
        name="checks",
        default="false",
        what="`true` gives each model a check of its own, which rules for a branch can require; "
        "needs `checks: write`",
    ),
    ActionInput(
        name="fail-on",
        default="changed drifted failed no_baseline",
        what="verdicts that fail the job, and `weakened` for rules that are weaker than the base's; "
        "empty for none",
    ),
    ActionInput(
        name="issue",
        default="false",
        what="`true` keeps one open issue while a baseline does not reproduce; for scheduled workflows",
    ),
    ActionInput(
        name="reuse",
        default="false",
        what="`true` answers without training where a run of the default branch, not older than 30 days, "
        "verified the same materials; needs `actions: read`",
    ),
    ActionInput(
        name="force",
        default="false",
        what="`true` trains whatever `reuse` says",
    ),
    ActionInput(
        name="explain",
        default="false",
        what="`true` also runs mixes of base and head, for at most 30 minutes, to say which part of a change "
        "moved the metrics; or how many minutes it may take",
    ),
    ActionInput(
        name="timeout",
        default="",
        what="minutes after which training ends with a report that says where it was; empty for no limit",
    ),
    ActionInput(
        name="badge-branch",
        default="",
        what="branch, such as `repro-badges`, to which runs of the default branch commit a badge for each "
        "model; needs `contents: write`",
    ),
    ActionInput(
        name="badge-plots",
        default="false",
        what="`true` commits PNG and SVG outputs there, too, and those that they replace",
    ),
    ActionInput(
        name="token",
        default="${{ github.token }}",
        what="for comments; your steps never see it",
    ),
    ActionInput(
        name="cache",
        default="true",
        what="`true` keeps environments of the backend `venv` in GitHub's cache, for jobs of the default "
        "branch; `pull-requests` for those of pull requests, too; `false` for none",
    ),
    ActionInput(
        name="install-nix",
        default="auto",
        what="`auto` installs Nix where a configuration needs it and it is missing; `true` or `false`",
    ),
    ActionInput(
        name="artifact",
        default="repro-report",
        what="name of the artifact with the report; `publish` reads all whose name begins with it; "
        "empty for none",
    ),
    ActionInput(
        name="retention-days",
        default="",
        what="days for which the report is kept; empty for what the repository has set",
    ),
)
"""Every input, in the order of the documentation."""
