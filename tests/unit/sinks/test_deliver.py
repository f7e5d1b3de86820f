# SPDX-License-Identifier: Apache-2.0
"""Laws of the sinks: each is tried, one that fails is named, and none decides anything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from publish.bundles import bundle

from repro_action.errors import ExtensionError, Interrupted, ReproError, SinkError
from repro_action.sinks import SINKS, Delivery, Publication, deliver, make_sinks
from repro_action.sinks.settings import SinkSettings


@dataclass
class Recording:
    """A sink that raises, or remembers what it was given."""

    name: str
    error: BaseException | None = None
    received: tuple[Publication, ...] = ()

    def publish(self, publication: Publication) -> Delivery:
        if self.error is not None:
            raise self.error
        self.received = (*self.received, publication)
        return Delivery(sink=self.name)


PUBLICATION = Publication(bundle=bundle())


@pytest.mark.parametrize("error", [SinkError("full"), OSError(28, "No space left on device", "/x")])
def test_a_sink_that_fails_is_named_and_stops_none_of_the_others(error: Exception) -> None:
    first, broken, last = Recording("a"), Recording("b", error), Recording("c")
    done = deliver([first, broken, last], PUBLICATION)
    assert ["a", "b", "c"] == [one.sink for one in done]
    assert ["b"] == [one.sink for one in done if one.error is not None]
    assert [(PUBLICATION,), (PUBLICATION,)] == [first.received, last.received]


def test_an_interruption_is_no_failure_of_a_sink() -> None:
    with pytest.raises(Interrupted):
        deliver([Recording("a", Interrupted("stopped"))], PUBLICATION)


@pytest.mark.parametrize("name", sorted(SINKS))
def test_a_sink_has_the_name_of_the_table_or_says_what_it_lacks(name: str, tmp_path: Path) -> None:
    settings = SinkSettings(root=tmp_path)
    if name.endswith("-files") or name == "wandb":
        assert [name] == [made.name for made in make_sinks([name], settings)]
        return
    with pytest.raises(SinkError, match="there is no "):
        make_sinks([name], settings)


@pytest.mark.parametrize(("name", "part"), [("slack", "there is no sink"), ("acme.slack", "not installed")])
def test_a_sink_that_is_not_there_is_an_error_that_teaches(name: str, part: str) -> None:
    with pytest.raises(ExtensionError, match=part) as caught:
        make_sinks([name], SinkSettings())
    assert caught.value.remedy


def test_the_same_publication_twice_leaves_the_same_files(tmp_path: Path) -> None:
    settings = SinkSettings(json=tmp_path / "r.json", markdown=tmp_path / "r.md")
    for name in ("report-files", "bundle-files"):
        sinks = make_sinks([name], settings)
        assert all(one.error is None for one in deliver(sinks, PUBLICATION))
        first = [path.read_bytes() for path in sorted(tmp_path.iterdir())]
        deliver(sinks, PUBLICATION)
        assert first == [path.read_bytes() for path in sorted(tmp_path.iterdir())]
        assert 2 == len(first)


def test_a_place_that_cannot_be_written_is_an_error_of_the_sink(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (made,) = make_sinks(["report-files"], SinkSettings(json=tmp_path / "file" / "r.json"))
    (done,) = deliver([made], PUBLICATION)
    assert isinstance(done.error, ReproError)
