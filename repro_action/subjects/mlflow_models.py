# SPDX-License-Identifier: Apache-2.0
"""Models and files of an MLflow server as subjects, by its REST interface.

https://mlflow.org/docs/latest/rest-api.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TypeVar
from urllib.parse import quote, unquote, urlsplit

from repro_action.config.services import MlflowConfig
from repro_action.data.fetch.web import WebFile
from repro_action.errors import FetchError, SinkError
from repro_action.progress import Progress
from repro_action.sinks.mlflow.server import TrackingServer
from repro_action.sinks.mlflow.target import ADDRESS, TrackingTarget
from repro_action.subjects.collect import MAX_FILES, ListedFile, collect
from repro_action.subjects.remote_address import RemoteAddress
from repro_action.subjects.subject import FetchedSubject
from repro_action.text import clean

_VERSION = re.compile(r"models:/([^/@]+)/([0-9]{1,9})")
_ALIAS = re.compile(r"models:/([^/@]+)@([A-Za-z0-9_-]{1,255})")
_LOGGED = re.compile(r"models:/(m-[0-9a-f]{8,64})(?:/(.+))?")
_RUN = re.compile(r"runs:/([0-9a-f]{16,64})/(.+)")
_SERVED = "mlflow-artifacts:"
_FILES = "/api/2.0/mlflow-artifacts/artifacts"
_MAX_DEPTH = 16
_MAX_FOLDERS = 1_000

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """A version of a registered model; satisfies `SubjectRecord`."""

    target: TrackingTarget
    name: str
    version: str

    @property
    def label(self) -> str:
        """How people call it."""
        return f"{clean(self.name, 100)} version {self.version}"

    def write_verdict(self, tags: Mapping[str, str]) -> None:
        """Set tags of the version.

        Raises:
            FetchError: the server does not answer, or refuses.
        """

        def write(server: TrackingServer) -> None:
            for key, value in tags.items():
                body = {"name": self.name, "version": self.version, "key": key, "value": clean(value, 5_000)}
                server.change("model-versions/set-tag", body)

        _asked(write, TrackingServer(self.target, aside=""))


@dataclass(frozen=True, slots=True, kw_only=True)
class MlflowModels:
    """Takes `models:/NAME/VERSION`, `models:/NAME@ALIAS`, `models:/m-ID` and `runs:/ID/PATH`.

    Attributes:
        config: what a project says of its server.
        environ: the caller's variables, with the rights.
    """

    config: MlflowConfig = field(default_factory=MlflowConfig)
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    def names(self, address: str) -> bool:
        """Whether an address is one of MLflow's."""
        return address.startswith(("models:/", "runs:/"))

    def fetch(self, address: str, into: Path, progress: Progress) -> FetchedSubject:
        """Fetch a model or a file of a run; see `SubjectKind`.

        Raises:
            FetchError: as there; also, the address names no version, or the server keeps the files
                where only it can read them.
        """
        progress.stage(f"asking MLflow for {clean(address, 200)}")
        server = self._server()
        place = _asked(lambda asked: _place_of(asked, address), server)
        uri = place.uri.rstrip("/")
        if uri.startswith(_SERVED):
            root = urlsplit(uri).path.strip("/")
            # The server's answers have an end in time, the files none but their own.
            listed = _asked(lambda asked: tuple(_served(asked, root)), server)
            files = collect(listed, into, progress)
        elif uri.partition("://")[0] in {"s3", "gs", "az"}:
            files = RemoteAddress(environ=self.environ).fetch(f"{uri}/", into, progress).files
        else:
            raise FetchError(
                f"the files of {place.resolved} are at {clean(uri.partition(':')[0], 20)!r} addresses of the "
                "server's own",
                why="What a server names on this machine is not read.",
                remedy="Start the server with `--artifacts-destination`, or check the files by their path.",
            )
        return FetchedSubject(
            address=clean(address, 500),
            resolved=place.resolved,
            files=files,
            root=files[0].place if len(files) == 1 and files[0].path == PurePosixPath(uri).name else into,
            record=place.record,
            notes=place.notes,
        )

    def _server(self) -> TrackingServer:
        if not (self.config.uri or self.environ.get(ADDRESS)):
            raise FetchError(
                "there is no MLflow server to ask",
                remedy=f"Name it: `uri` under [track.mlflow], or the variable {ADDRESS}.",
            )
        try:
            return TrackingServer(TrackingTarget.of(self.config, self.environ), aside="")
        except SinkError as error:
            raise _as_fetch_error(error) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where the files of an address are, and what it named."""

    uri: str
    resolved: str
    record: ModelVersion | None = None
    notes: tuple[str, ...] = ()


def _place_of(server: TrackingServer, address: str) -> _Place:
    if match := _ALIAS.fullmatch(address):
        name, alias = unquote(match[1]), match[2]
        found = _need(server, "registered-models/alias", name=name, alias=alias)
        version = str(_table(found, "model_version").get("version", ""))
        if not version.isdecimal():
            raise _strange("version")
        note = f"the alias {alias} named version {version} at this moment, and can move"
        return _version(server, name, version, (note,))
    if match := _LOGGED.fullmatch(address):
        return _logged_model(server, match[1], match[2] or "")
    if match := _VERSION.fullmatch(address):
        return _version(server, unquote(match[1]), match[2], ())
    if match := _RUN.fullmatch(address):
        return _of_run(server, match[1], match[2])
    raise FetchError(
        f"{clean(address, 200)!r} names no version of a model and no file of a run",
        remedy="Write models:/NAME/VERSION, models:/NAME@ALIAS, models:/m-ID or runs:/RUN/PATH.",
    )


def _version(server: TrackingServer, name: str, version: str, notes: tuple[str, ...]) -> _Place:
    found = _need(server, "model-versions/get-download-uri", name=name, version=version)
    return _Place(
        uri=_text(found, "artifact_uri"),
        resolved=f"models:/{clean(name, 200)}/{version}",
        record=ModelVersion(target=server.target, name=name, version=version),
        notes=notes,
    )


def _logged_model(server: TrackingServer, identifier: str, inner: str) -> _Place:
    info = _table(_table(_need(server, f"logged-models/{identifier}"), "model"), "info")
    uri = _text(info, "artifact_uri").rstrip("/") + (f"/{inner}" if inner else "")
    return _Place(uri=uri, resolved=f"models:/{identifier}" + (f"/{inner}" if inner else ""))


def _of_run(server: TrackingServer, run: str, path: str) -> _Place:
    """Return where a path of a run is; since MLflow 3, a logged model is beside the run's own files."""
    found = _table(_need(server, "runs/get", run_id=run), "run")
    outputs = found.get("outputs")
    models = outputs.get("model_outputs", []) if isinstance(outputs, dict) else []
    first, _, inner = path.partition("/")
    for model in models[:100] if isinstance(models, list) else []:
        identifier = str(model.get("model_id", "")) if isinstance(model, dict) else ""
        if re.fullmatch(r"m-[0-9a-f]{8,64}", identifier):
            info = _table(_table(_need(server, f"logged-models/{identifier}"), "model"), "info")
            if info.get("name") == first:
                return _logged_model(server, identifier, inner)
    root = _text(_table(found, "info"), "artifact_uri").rstrip("/")
    return _Place(uri=f"{root}/{path.strip('/')}", resolved=f"runs:/{run}/{clean(path, 300)}")


def _served(server: TrackingServer, root: str) -> Iterator[ListedFile]:
    """Yield the files below a path of the server's artifacts, or the one file that it names."""
    waiting, folders, count = [""], 0, 0
    while waiting:
        folder = waiting.pop()
        folders += 1
        if folders > _MAX_FOLDERS or folder.count("/") > _MAX_DEPTH:
            raise FetchError("the model holds more folders than are followed", remedy="Name one file of it.")
        path = f"{root}/{folder}".rstrip("/")
        listed = server.look_up(_FILES, {"path": path}, absent=True) or {}
        entries = listed.get("files", [])
        for entry in entries if isinstance(entries, list) else []:
            name = entry.get("path") if isinstance(entry, dict) else None
            if not isinstance(name, str) or "/" in name.strip("/"):
                raise _strange("list of files")
            inner = f"{folder}/{name}".lstrip("/")
            if entry.get("is_dir"):
                waiting.append(inner)
                continue
            count += 1
            size = entry.get("file_size")
            yield _file(server, f"{root}/{inner}", inner, size if isinstance(size, int) else None)
            if count > MAX_FILES:
                return
    if not count:
        yield _file(server, root, PurePosixPath(root).name, None)


def _file(server: TrackingServer, path: str, inner: str, size: int | None) -> ListedFile:
    address = f"{server.target.address}{_FILES}/{quote(path)}"
    remote = WebFile(name=f"{clean(inner, 200)} of MLflow", address=address, headers=server.target.rights())
    return ListedFile(path=inner, remote=remote, size=size)


def _need(server: TrackingServer, call: str, **params: str) -> Mapping[str, object]:
    found = server.look_up(call, params, absent=True)
    if found is None:
        what = " ".join(clean(value, 200) for value in params.values()) or call.rpartition("/")[2]
        raise FetchError(f"the MLflow server knows no {what}", remedy="Check the name and the version.")
    return found


def _asked(ask: Callable[[TrackingServer], _T], server: TrackingServer) -> _T:
    try:
        with server:
            return ask(server)
    except SinkError as error:
        raise _as_fetch_error(error) from None


def _as_fetch_error(error: SinkError) -> FetchError:
    return FetchError(error.what, why=error.why, remedy=error.remedy, where=error.where)


def _table(value: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = value.get(name)
    if not isinstance(found, dict):
        raise _strange(name)
    return found


def _text(value: Mapping[str, object], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str) or not found or len(found) > 2_000:
        raise _strange(name)
    return found


def _strange(name: str) -> FetchError:
    return FetchError(
        f"the answer of the MLflow server has no usable {name}", remedy="Check MLFLOW_TRACKING_URI."
    )
