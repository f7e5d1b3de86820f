# SPDX-License-Identifier: Apache-2.0
"""What PyGithub and the network raise, as errors of the port: what happened and what to do.

No text of an exception is passed on: it may hold a header, and an address may be signed. Of
GitHub's answer its message is shown, made harmless.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from repro_action.sinks.github.port import CodeHostError, Missing, NotPermitted, Uncertain
from repro_action.sinks.github.retry import Limited
from repro_action.text import clean

Needs = Mapping[str, str]
"""Permissions that a request needs, as in a workflow: `{"pull-requests": "write"}`."""

_PERMISSION = re.compile(r"([a-z_]{1,40})=(read|write|admin)")
_STATUS = "https://www.githubstatus.com lists incidents."
_RATE = ("api rate limit exceeded", "secondary rate limit", "abuse detection")


@contextmanager
def mapped_errors(doing: str, needs: Needs) -> Iterator[None]:
    """Turn whatever a request raises into a `CodeHostError`.

    Args:
        doing: what the request is for, as `reading the comments`.
        needs: the permissions that it needs.

    Raises:
        Limited: refused for its rate.
        Uncertain: no answer, or none that can be read; for reads too.
        CodeHostError: anything else.
    """
    from github import GithubException
    from github.GithubException import BadAttributeException
    from requests import RequestException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except GithubException as error:
        raise _answered(doing, needs, error.status, error.data, error.headers or {}) from None
    except (RequestException, HTTPError, OSError) as error:
        raise Uncertain(
            f"GitHub did not answer: {doing}",
            why=f"The connection failed ({type(error).__name__}).",
            remedy=f"Run the job again; {_STATUS}",
        ) from None
    except (
        BadAttributeException,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        AssertionError,
    ) as error:
        raise _unreadable(doing, error) from None
    except RuntimeError as error:
        # NOTE: PyGithub raises bare ones for redirects to another host; RecursionError is one too.
        raise _unreadable(doing, error) from None


def _unreadable(doing: str, error: Exception) -> Uncertain:
    return Uncertain(
        f"GitHub's answer cannot be read: {doing}",
        why=f"It does not match GitHub's documented API ({type(error).__name__}).",
        remedy=f"Run the job again; {_STATUS} Check that GITHUB_API_URL is the address of its API.",
    )


def _answered(
    doing: str, needs: Needs, status: int, data: object, given: Mapping[str, object]
) -> CodeHostError:
    headers = {name.lower(): str(value) for name, value in given.items()}
    message = _message(data)
    if status == 429 or (status == 403 and _is_limit(message, headers)):
        return _limited(doing, status, headers)
    why = f"GitHub says: {message}" if message else ""
    if status == 401:
        return CodeHostError(
            f"GitHub does not accept the token: {doing}",
            why=why,
            remedy="Give the action `token: ${{ github.token }}`, or a token that has not expired.",
            status=status,
        )
    if status == 403:
        return _forbidden(doing, needs, message, headers)
    if status in {404, 410}:
        return Missing(
            f"GitHub did not find it: {doing}",
            why=why or "It does not exist, or the token has no access to it.",
            remedy=_block(_permissions(needs, headers)),
            status=status,
        )
    if status >= 500 or status == 408:
        return Uncertain(f"GitHub failed ({status}): {doing}", why=why, remedy=_STATUS, status=status)
    return CodeHostError(f"GitHub refused ({status}): {doing}", why=why, status=status)


def _message(data: object) -> str:
    """Return what GitHub says, with the details of a refused value."""
    if not isinstance(data, Mapping):
        return ""
    errors = data.get("errors")
    details = [
        str(one.get("message") or one.get("code") or "") if isinstance(one, Mapping) else str(one)
        for one in (errors[:3] if isinstance(errors, list) else [])
    ]
    return clean("; ".join(part for part in (str(data.get("message") or ""), *details) if part), 300)


def _is_limit(message: str, headers: Mapping[str, str]) -> bool:
    if "not accessible" in message.lower():
        return False
    exhausted = headers.get("x-ratelimit-remaining") == "0"
    return exhausted or "retry-after" in headers or any(text in message.lower() for text in _RATE)


def _limited(doing: str, status: int, headers: Mapping[str, str]) -> Limited:
    wait = _wait(headers)
    resets = datetime.fromtimestamp(time.time() + wait, UTC)
    return Limited(
        f"this token has used up its requests to GitHub for now: {doing}",
        wait=wait,
        status=status,
        why=f"Its limit ends at {resets:%Y-%m-%d %H:%M:%S} UTC.",
        remedy="Run the job again after that. `GITHUB_TOKEN` has 1,000 requests an hour in one repository, "
        "shared by all its workflows.",
    )


def _wait(headers: Mapping[str, str]) -> float:
    """Return the seconds to wait, by GitHub's rules for its limits."""
    after, reset = headers.get("retry-after", ""), headers.get("x-ratelimit-reset", "")
    if re.fullmatch(r"[0-9]{1,9}", after):
        return float(after)
    if headers.get("x-ratelimit-remaining") == "0" and re.fullmatch(r"[0-9]{1,11}", reset):
        # One second more: it is not said when in that second.
        return max(float(reset) - time.time() + 1, 1.0)
    return 60.0


def _forbidden(doing: str, needs: Needs, message: str, headers: Mapping[str, str]) -> NotPermitted:
    lacking = "not accessible" in message.lower() or "admin rights" in message.lower()
    if message and not lacking:
        return NotPermitted(f"GitHub denied access: {doing}", permissions={}, why=f"GitHub says: {message}")
    permissions = _permissions(needs, headers)
    return NotPermitted(
        f"the token lacks a permission: {doing}",
        why="The job does not grant it, or the pull request comes from a fork, whose token is read-only.",
        permissions=permissions,
        remedy=_block(permissions) + "\nFor forks, publish from a `workflow_run` workflow.",
    )


def _permissions(needs: Needs, headers: Mapping[str, str]) -> dict[str, str]:
    """Return the permissions that the job should have; what GitHub says counts more than our table."""
    accepted = _alternatives(headers.get("x-accepted-github-permissions", ""))
    chosen = dict(needs)
    if accepted and chosen not in accepted:
        chosen = accepted[0]
    # A block takes away what it does not name, and a job that checks out needs this.
    return dict(sorted({"contents": "read", **chosen}.items())) if chosen else {}


def _block(permissions: Mapping[str, str]) -> str:
    if not permissions:
        return ""
    lines = (f"  {name}: {level}" for name, level in permissions.items())
    return "\n".join(["Add to the job:", "permissions:", *lines])


def _alternatives(header: str) -> list[dict[str, str]]:
    """Read `issues=write; pull_requests=write`: sets of permissions, of which one is enough."""
    sets = [
        {name.replace("_", "-"): level for name, level in _PERMISSION.findall(part)}
        for part in header[:500].split(";")
    ]
    return [one for one in sets if one and "metadata" not in one]
