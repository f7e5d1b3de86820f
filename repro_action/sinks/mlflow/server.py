# SPDX-License-Identifier: Apache-2.0
"""MLflow's REST interface, as much of it as a run needs: bounded in time and size, no redirect followed.

https://mlflow.org/docs/latest/rest-api.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import quote, urlsplit

from repro_action.errors import SinkError
from repro_action.http_exchange import ask, bounded_body, new_session
from repro_action.sinks.mlflow.target import TrackingTarget
from repro_action.text import clean

if TYPE_CHECKING:
    from requests import PreparedRequest, Response, Session

TIMEOUTS = (5.0, 20.0)
"""Seconds to connect, and without a byte."""

SECONDS = 60.0
"""For everything together."""

LARGEST = 1 << 20
"""Bytes of an answer."""

_API = "/api/2.0/mlflow/"
_MISSING = "RESOURCE_DOES_NOT_EXIST"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRun:
    """A run that the server has.

    Attributes:
        identifier: the run's id.
        experiment: the experiment's id.
        artifacts: where its files are, such as `mlflow-artifacts:/1/…`.
    """

    identifier: str
    experiment: str
    artifacts: str


@dataclass(slots=True)
class TrackingServer:
    """One server, asked with the rights of its target; use it in a `with`.

    Attributes:
        target: where it is.
        aside: what errors end with, where a failure changes nothing that matters more.
    """

    target: TrackingTarget
    aside: str = " The verdict stands."
    _session: Session | None = None
    _end: float = field(default_factory=lambda: time.monotonic() + SECONDS)

    def __enter__(self) -> Self:
        self._session = new_session(self._authenticated)
        self._session.verify = not self.target.insecure
        return self

    def __exit__(self, *error: object) -> None:
        if self._session is not None:
            self._session.close()

    def experiment(self, name: str) -> str:
        """Return the id of an experiment, which is made where there is none.

        Raises:
            SinkError: the server does not answer, or refuses.
        """
        found = self._ask("GET", "experiments/get-by-name", params={"experiment_name": name}, absent=True)
        if found is None:
            return _text(self._need("experiments/create", {"name": name}), "experiment_id")
        return _text(_table(found, "experiment"), "experiment_id")

    def find(self, experiment: str, tag: str, value: str) -> str:
        """Return the id of the newest run with a tag; empty where there is none.

        Raises:
            SinkError: the server does not answer, or refuses.
        """
        body = {"experiment_ids": [experiment], "filter": f"tags.`{tag}` = '{value}'", "max_results": 1}
        runs = self._need("runs/search", body).get("runs")
        if not isinstance(runs, list) or not runs or not isinstance(runs[0], dict):
            return ""
        return _text(_table(runs[0], "info"), "run_id")

    def create(self, experiment: str, name: str, tags: Mapping[str, str], started: int) -> ServerRun:
        """Begin a run.

        Args:
            experiment: its id.
            name: of the run.
            tags: of the run.
            started: milliseconds since 1970.

        Raises:
            SinkError: the server does not answer, or refuses.
        """
        body = {"experiment_id": experiment, "run_name": name, "start_time": started, "tags": _pairs(tags)}
        info = _table(_table(self._need("runs/create", body), "run"), "info")
        return ServerRun(
            identifier=_text(info, "run_id"),
            experiment=experiment,
            artifacts=str(info.get("artifact_uri", "")),
        )

    def log(self, run: ServerRun, body: Mapping[str, Sequence[Mapping[str, object]]]) -> None:
        """Log metrics or parameters of a run.

        Raises:
            SinkError: the server does not answer, or refuses.
        """
        self._need("runs/log-batch", {"run_id": run.identifier, **body})

    def finish(self, run: ServerRun, status: str, ended: int) -> None:
        """End a run; `status` is `FINISHED` or `FAILED`.

        Raises:
            SinkError: the server does not answer, or refuses.
        """
        self._need("runs/update", {"run_id": run.identifier, "status": status, "end_time": ended})

    def upload(self, run: ServerRun, path: str, data: bytes) -> None:
        """Store a file of a run, through the server itself.

        Raises:
            SinkError: it does not answer, or refuses.
        """
        root = urlsplit(run.artifacts).path.strip("/")
        self._ask("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{quote(root)}/{quote(path)}", data=data)

    def look_up(
        self, call: str, params: Mapping[str, str], *, absent: bool = False
    ) -> Mapping[str, object] | None:
        """Return what the server answers a question; None where there is no such thing, and that may be.

        Raises:
            SinkError: it does not answer, or refuses.
        """
        return self._ask("GET", call, params=params, absent=absent)

    def change(self, call: str, body: Mapping[str, object]) -> None:
        """Have the server change something.

        Raises:
            SinkError: it does not answer, or refuses.
        """
        self._need(call, body)

    def page(self, run: ServerRun) -> str:
        """Return the address at which people see a run."""
        return f"{self.target.address}/#/experiments/{quote(run.experiment)}/runs/{quote(run.identifier)}"

    def _need(self, call: str, body: Mapping[str, object]) -> Mapping[str, object]:
        found = self._ask("POST", call, data=json.dumps(body).encode())
        return found if found is not None else {}

    def _ask(
        self,
        method: str,
        call: str,
        *,
        params: Mapping[str, str] | None = None,
        data: bytes | None = None,
        absent: bool = False,
    ) -> Mapping[str, object] | None:
        """Ask, and return the answer; None where it says that there is no such thing, and that may be."""
        import requests

        if self._session is None:
            raise SinkError("the MLflow server is not connected")
        if time.monotonic() > self._end:
            raise self._too_slow()
        address = f"{self.target.address}{call if call.startswith('/') else _API + call}"
        kind = "application/octet-stream" if method == "PUT" else "application/json"
        try:
            with ask(
                self._session,
                method,
                address,
                params=params,
                data=data,
                headers={"Content-Type": kind},
                timeout=TIMEOUTS,
            ) as response:
                self._session.cookies.clear()
                received = self._body(response)
                status = response.status_code
        except requests.RequestException as error:
            # The text of the library's error has the address, with whatever stands in it.
            raise self._silent(type(error).__name__) from error
        answer = _parsed(received)
        if 200 <= status < 300:
            return answer
        if absent and status == 404 and answer.get("error_code") == _MISSING:
            return None
        raise self._refused(status, answer)

    def _authenticated(self, request: PreparedRequest) -> PreparedRequest:
        """Send the target's rights alone."""
        request.headers.update(self.target.rights())
        return request

    def _body(self, response: Response) -> bytes:
        too_long = SinkError(
            f"the answer of {self._host} is longer than {LARGEST >> 20} MiB",
            remedy=f"Check whether that is the address of an MLflow server.{self.aside}",
        )
        return bounded_body(
            response, limit=LARGEST, end=self._end, too_long=too_long, too_slow=self._too_slow()
        )

    def _too_slow(self) -> SinkError:
        return self._silent(f"It took longer than {SECONDS:g} seconds.")

    @property
    def _host(self) -> str:
        return clean(urlsplit(self.target.address).netloc, 100)

    def _silent(self, why: str) -> SinkError:
        return SinkError(
            f"the MLflow server at {self._host} does not answer",
            why=why,
            remedy=f"Check its address, and whether this machine can reach it.{self.aside}",
        )

    def _refused(self, status: int, answer: Mapping[str, object]) -> SinkError:
        said = clean(str(answer.get("message", "")), 300)
        remedy = f"Check what it says.{self.aside}"
        if status in {401, 403}:
            remedy = (
                "Rights are sent only to the server that MLFLOW_TRACKING_URI names: set it, and "
                "MLFLOW_TRACKING_TOKEN or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD."
            )
        elif 300 <= status < 400:
            remedy = "It leads elsewhere: name the address that it leads to."
        return SinkError(f"the MLflow server at {self._host} answered {status}", why=said, remedy=remedy)


def _pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def _parsed(body: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _table(value: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = value.get(name)
    if not isinstance(found, dict):
        raise _strange(name)
    return found


def _text(value: Mapping[str, object], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str) or not found or len(found) > 200 or not found.isascii():
        raise _strange(name)
    return found


def _strange(name: str) -> SinkError:
    return SinkError(
        f"the answer has no {name}, so it is not MLflow's", remedy="Check the address of the MLflow server."
    )
