# SPDX-License-Identifier: Apache-2.0
"""Models in a real OCI registry and on a server that answers as the hub does."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import pytest
from file_server import serving
from integration.fetching import COMMIT, server
from oci_server import registry
from unit.subjects.test_image_layers import MODEL, layer

from repro_action.errors import FetchError
from repro_action.oci_registry import INDEX, MANIFEST, OciRepository
from repro_action.progress import Silent
from repro_action.subjects.kinds import fetch_subject
from repro_action.subjects.subject import FetchedSubject

__all__ = ["registry", "server"]

TAR = "application/vnd.oci.image.layer.v1.tar"
TITLE = "org.opencontainers.image.title"


def sha(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def descriptor(data: bytes, kind: str = TAR, **annotations: str) -> dict:
    return {"mediaType": kind, "digest": sha(data), "size": len(data), "annotations": annotations}


def push(
    repository: OciRepository, *blobs: tuple[bytes, dict], tag: str = "v1", kind: str = "application/json"
) -> str:
    """Push an image of layers, whose configuration is of a kind; returns its digest."""
    for data, _ in (*blobs, (b"{}", {})):
        repository.put_blob(sha(data), io.BytesIO(data))
    layers = [described for _, described in blobs]
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(b"{}", kind)}
    repository.put_manifest(tag, {**manifest, "layers": layers})
    found = repository.manifest(tag)
    assert found is not None
    return found[1]


def content(found: FetchedSubject) -> dict[str, bytes]:
    return {file.path: file.place.read_bytes() for file in found.files}


def test_a_path_of_an_image_an_artifact_and_an_index_are_subjects(registry, tmp_path) -> None:
    host, _ = registry
    repository = OciRepository(host=host, name="models/wine")

    def fetch(reference: str) -> FetchedSubject:
        into = tmp_path / hashlib.sha256(reference.encode()).hexdigest()
        into.mkdir()
        return fetch_subject(f"oci://{host}/models/wine{reference}", into, Silent())

    below, above = layer(("etc/passwd", b"x"), (MODEL, b"old")), layer((MODEL, b"weights"))
    digest = push(repository, (below, descriptor(below)), (above, descriptor(above)))
    found = fetch(f"@{digest}#{MODEL}")
    assert {"model.joblib": b"weights"} == content(found)
    assert () == found.notes
    assert found.root.is_file()
    moved = fetch(f":v1#/{MODEL}")
    assert f"oci://{host}/models/wine@{digest}#{MODEL}" == moved.resolved
    assert "can move" in moved.notes[0]
    assert {"wine/model.joblib": b"weights"} == content(fetch(f"@{digest}#models"))
    with pytest.raises(FetchError, match="no file at models/none"):
        fetch(f"@{digest}#models/none")

    kind = "application/octet-stream"
    parts = [(b"weights", descriptor(b"weights", kind, **{TITLE: "model.skops"}))]
    parts += [(b"a: 1", descriptor(b"a: 1", kind, **{TITLE: "about/card.yaml"}))]
    artifact = push(repository, *parts, tag="artifact")
    assert {"about/card.yaml": b"a: 1", "model.skops": b"weights"} == content(fetch(f"@{artifact}"))
    assert {"model.skops": b"weights"} == content(fetch(f"@{artifact}#model.skops"))

    size = len(json.dumps(repository.manifest(digest)))
    listed = [
        {
            "mediaType": MANIFEST,
            "digest": one,
            "size": size,
            "platform": {"os": "linux", "architecture": name},
        }
        for one, name in ((digest, "arm64"), (artifact, "riscv64"))
    ]
    repository.put_manifest("many", {"schemaVersion": 2, "mediaType": INDEX, "manifests": listed})
    with pytest.raises(FetchError, match="linux/arm64, linux/riscv64"):
        fetch(f":many#{MODEL}")
    with pytest.raises(FetchError, match="has no v9"):
        fetch(":v9")


@pytest.mark.parametrize("lie", ["content", "shorter", "size", "no digest", "link"])
def test_a_registry_that_lies_is_found_out(tmp_path, lie) -> None:
    blob = layer((MODEL, b"weights"))
    described = descriptor(blob)
    served = {"content": blob[:-1] + b"\1", "shorter": blob[:-10]}.get(lie, blob)
    described |= {"size": {"size": len(blob) - 1}, "no digest": {"digest": "md5:0"}}.get(lie, {})
    title = {TITLE: "../../out"} if lie == "link" else {}
    described |= {"annotations": title, "mediaType": "application/x" if title else TAR}
    manifest = json.dumps({"layers": [described]}).encode()
    with serving() as registry:
        host = registry.address.removeprefix("http://")
        registry.files = {f"/v2/m/manifests/{sha(manifest)}": manifest, f"/v2/m/blobs/{sha(blob)}": served}
        with pytest.raises(FetchError):
            fetch_subject(f"oci://{host}/m@{sha(manifest)}#{MODEL if not title else ''}", tmp_path, Silent())
        registry.files[f"/v2/m/manifests/{sha(manifest)}"] = manifest + b" "
        with pytest.raises(FetchError, match="another manifest"):
            fetch_subject(f"oci://{host}/m@{sha(manifest)}", tmp_path, Silent())
    assert not (tmp_path.parent / "out").exists()


@pytest.mark.parametrize("address", ["oci://", "oci://host", "oci://h/Name@sha256:0", "oci://a:b@host/name"])
def test_an_address_that_names_no_image_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(FetchError):
        fetch_subject(address, tmp_path, Silent())


def test_a_commit_of_the_hub_is_a_subject(server, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", server.address)
    listed = [{"type": "directory", "path": "deep", "size": 0}]
    listed += [{"type": "file", "path": name, "size": 7} for name in ("model.skops", "deep/b.bin")]
    server.files[f"/api/models/org/wine/tree/{COMMIT}"] = json.dumps(listed).encode()
    for name in ("model.skops", "deep/b.bin"):
        server.files[f"/org/wine/resolve/{COMMIT}/{name}"] = b"weights"
    whole = fetch_subject(f"hf://org/wine@{COMMIT}", tmp_path / "whole", Silent())
    assert {"model.skops": b"weights", "deep/b.bin": b"weights"} == content(whole)
    one = fetch_subject(f"hf://org/wine@{COMMIT}/deep/b.bin", tmp_path / "one", Silent())
    assert {"b.bin": b"weights"} == content(one)
    with pytest.raises(FetchError, match="can move"):
        fetch_subject("hf://org/wine@main", tmp_path / "main", Silent())


@pytest.mark.parametrize(
    "listed", [b"{}", b"[1]", b"[", b'[{"type": "file", "path": "../x", "size": 1}]', b"[" * 100_000]
)
def test_a_hub_that_lists_nonsense_is_an_error_of_its_own(server, tmp_path, monkeypatch, listed) -> None:
    monkeypatch.setenv("HF_ENDPOINT", server.address)
    server.files[f"/api/models/org/wine/tree/{COMMIT}"] = listed
    with pytest.raises(FetchError):
        fetch_subject(f"hf://org/wine@{COMMIT}", tmp_path / "into", Silent())
    assert not (tmp_path / "x").exists()


def test_what_runtimes_start_is_what_is_compared(registry, tmp_path) -> None:
    host, _ = registry
    repository = OciRepository(host=host, name="models/run")

    def fetch(reference: str) -> FetchedSubject:
        into = tmp_path / hashlib.sha256(reference.encode()).hexdigest()
        into.mkdir()
        return fetch_subject(f"oci://{host}/models/run{reference}", into, Silent())

    below, above = layer((MODEL, b"accepted")), layer((MODEL, b"served"))
    # Runtimes unpack this layer, whatever name is written beside it.
    layers = [(below, descriptor(below)), (above, descriptor(above, **{TITLE: "notes.tar"}))]
    image = push(repository, *layers, kind="application/vnd.oci.image.config.v1+json")
    assert {"model.joblib": b"served"} == content(fetch(f"@{image}#{MODEL}"))

    other = push(repository, (below, descriptor(below)), tag="other")
    size = len(json.dumps(repository.manifest(image)))
    amd64, arm64 = ({"platform": {"os": "linux", "architecture": name}} for name in ("amd64", "arm64"))

    def index(tag: str, *listed: tuple[str, dict]) -> str:
        entries = [{"mediaType": MANIFEST, "digest": one, "size": size, **more} for one, more in listed]
        repository.put_manifest(tag, {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries})
        return f":{tag}#{MODEL}"

    chosen = fetch(index("parted", (other, arm64), (image, amd64)))
    assert {"model.joblib": b"served"} == content(chosen)
    assert "those for linux/arm64 were not looked at" in chosen.notes[1]
    for tag, more in (("twice", amd64), ("unnamed", {})):
        with pytest.raises(FetchError, match="several images that could be started"):
            fetch(index(tag, (image, more), (other, amd64)))


def test_a_layer_without_a_name_is_not_passed_over(registry, tmp_path) -> None:
    host, _ = registry
    repository = OciRepository(host=host, name="models/kinds")
    raw = {"org.cncf.model.filepath": "model.gguf"}
    parts = [(b"weights", descriptor(b"weights", "application/vnd.cncf.model.weight.v1.raw", **raw))]
    known = push(repository, *parts)
    assert {"model.gguf": b"weights"} == content(
        fetch_subject(f"oci://{host}/models/kinds@{known}", tmp_path, Silent())
    )
    unnamed = push(repository, *parts, (b"more", descriptor(b"more", "application/x-gguf")), tag="v2")
    (tmp_path / "again").mkdir()
    with pytest.raises(FetchError, match="x-gguf' without a name"):
        fetch_subject(f"oci://{host}/models/kinds@{unnamed}", tmp_path / "again", Silent())
