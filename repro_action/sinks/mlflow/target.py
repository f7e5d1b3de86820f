# SPDX-License-Identifier: Apache-2.0
"""Which tracking server a run goes to, and whose rights it is asked with.

A configuration may come from a stranger's pull request, and may name any address. So rights are sent to
none but the server that the caller's own variables name.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from repro_action.config.services import MlflowConfig
from repro_action.errors import SinkError
from repro_action.text import clean

ADDRESS = "MLFLOW_TRACKING_URI"
"""The variable that names the server."""

DEFAULT_EXPERIMENT = "Default"

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingTarget:
    """A server and the experiment that runs go to.

    Attributes:
        address: of the server, without a slash at its end.
        experiment: name of the experiment; made where there is none.
        token: sent as a bearer's; empty for none.
        login: user and password; None for none.
        insecure: whether the certificate of the server is taken unseen, as the caller asked.
    """

    address: str
    experiment: str = DEFAULT_EXPERIMENT
    token: str = field(default="", repr=False)
    login: tuple[str, str] | None = field(default=None, repr=False)
    insecure: bool = False

    def rights(self) -> Mapping[str, str]:
        """Return the header that opens the server, as RFC 6750 and RFC 7617 have it; empty for none."""
        if self.token:
            return {"Authorization": f"Bearer {self.token}"}
        if self.login is not None:
            text = b64encode(":".join(self.login).encode()).decode()
            return {"Authorization": f"Basic {text}"}
        return {}

    @classmethod
    def of(cls, config: MlflowConfig, environ: Mapping[str, str]) -> TrackingTarget:
        """Take what the configuration says, and for what it leaves out, MLflow's own variables.

        Raises:
            SinkError: neither names a server, or what they name is none.
        """
        own = environ.get(ADDRESS, "")
        address = _address(config.uri or own)
        trusted = bool(own) and _origin(_address(own)) == _origin(address)
        name, password = environ.get("MLFLOW_TRACKING_USERNAME"), environ.get("MLFLOW_TRACKING_PASSWORD")
        return cls(
            address=address.geturl().rstrip("/"),
            experiment=config.experiment or environ.get("MLFLOW_EXPERIMENT_NAME", "") or DEFAULT_EXPERIMENT,
            token=environ.get("MLFLOW_TRACKING_TOKEN", "") if trusted else "",
            login=(name, password) if trusted and name and password is not None else None,
            insecure=trusted and environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() == "true",
        )


def _address(text: str) -> SplitResult:
    found = _parsed(text)
    if found is None:
        raise SinkError(
            f"{clean(text.rpartition('@')[2], 100)!r} is not the address of an MLflow server",
            why="Runs are logged over HTTP; a folder or a database file has no server.",
            remedy="Start one with `mlflow server --backend-store-uri …`, and name its http address.",
        )
    if found.username is not None or found.password is not None:
        raise SinkError(
            "the address of the MLflow server contains a user or a password",
            why="What stands in an address ends up in logs.",
            remedy="Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.",
        )
    return found


def _parsed(text: str) -> SplitResult | None:
    """Return an address of a server; None for anything else."""
    try:
        found = urlsplit(text)
        found.port  # noqa: B018 - it is read where it is asked for, and may be no number
    except ValueError:
        return None
    served = found.scheme in _PORTS and bool(found.hostname) and not found.query and not found.fragment
    return found if served else None


def _origin(address: SplitResult) -> tuple[str, str | None, int | None]:
    return address.scheme, address.hostname, address.port or _PORTS[address.scheme]
