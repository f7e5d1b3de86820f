# SPDX-License-Identifier: Apache-2.0
"""A model repository of the Hugging Face hub at one commit, or one file of it, as a subject.

https://huggingface.co/docs/hub/api
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from repro_action.config.sources import SourceProblem, parse_source
from repro_action.data.fetch.supply import remote_file
from repro_action.errors import FetchError
from repro_action.http_exchange import ask, bounded_body, new_session
from repro_action.progress import Progress
from repro_action.subjects.collect import MAX_FILES, ListedFile, collect
from repro_action.subjects.subject import FetchedSubject

if TYPE_CHECKING:
    from repro_action.config.sources import DataSource

_WHOLE = re.compile(r"(hf://[^@]+@[^/]+)/?")
_PROBE = "files"
_TIMEOUT = (10.0, 60.0)
_SECONDS = 300.0
_PAGE = 16 << 20
_PAGES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class HubRepository:
    """Takes `hf://ORG/NAME@COMMIT` and `hf://ORG/NAME@COMMIT/FILE`.

    Attributes:
        environ: may hold HF_ENDPOINT and HF_TOKEN.
    """

    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    def names(self, address: str) -> bool:
        """Whether an address is of the hub."""
        return address.startswith("hf://")

    def fetch(self, address: str, into: Path, progress: Progress) -> FetchedSubject:
        """Fetch one file, or all files of a commit; see `SubjectKind`.

        Raises:
            FetchError: as there; also, a branch is named in place of a commit.
        """
        whole = _WHOLE.fullmatch(address)
        try:
            source = parse_source(f"{whole[1]}/{_PROBE}" if whole else address)
        except SourceProblem as problem:
            raise FetchError(problem.what, remedy=problem.remedy) from None
        if whole is None:
            one = ListedFile(path=Path(source.key).name, remote=remote_file(source, self.environ))
            files = collect([one], into, progress)
            return FetchedSubject(address=address, resolved=address, files=files, root=files[0].place)
        progress.stage(f"asking the hub for the files of {source.place}")
        files = collect(tuple(self._listed(source)), into, progress)
        return FetchedSubject(address=whole[1], resolved=whole[1], files=files, root=into)

    def _listed(self, source: DataSource) -> Iterator[ListedFile]:
        """Yield the files of a commit, as the hub lists them page by page."""
        hub = (self.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
        kind = "" if source.place.count("/") > 1 else "models/"
        address = f"{hub}/api/{kind}{source.place}/tree/{source.revision}?recursive=true"
        count = 0
        for _ in range(_PAGES):
            entries, following = self._page(address, source)
            for raw in entries:
                entry = raw if isinstance(raw, dict) else {}
                path, size = entry.get("path"), entry.get("size")
                if not isinstance(path, str) or not isinstance(size, int):
                    raise _strange(source)
                if entry.get("type") != "file":
                    continue
                count += 1
                file = parse_source(f"hf://{source.place}@{source.revision}/{_escaped(path, source)}")
                yield ListedFile(path=path, remote=remote_file(file, self.environ), size=size)
                if count > MAX_FILES:
                    return
            if not following:
                return
            address = following
        raise FetchError(f"the hub's list of the files of {source.place} does not end")

    def _page(self, address: str, source: DataSource) -> tuple[list[object], str]:
        import requests

        token = self.environ.get("HF_TOKEN", "")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            with ask(new_session(), "GET", address, timeout=_TIMEOUT, headers=headers) as answer:
                if answer.status_code != 200:
                    raise FetchError(
                        f"the hub answers {answer.status_code} to the list of files of {source.place}",
                        remedy="Check the name and the commit; HF_TOKEN opens what is not public.",
                    )
                too_large = FetchError(f"the hub's list of the files of {source.place} is too large")
                end = time.monotonic() + _SECONDS
                body = bounded_body(answer, limit=_PAGE, end=end, too_long=too_large, too_slow=too_large)
                link = re.search(r'<([^>]+)>; *rel="next"', answer.headers.get("Link", ""))
            entries = json.loads(body)
        except (requests.RequestException, ValueError, RecursionError) as error:
            raise FetchError(
                f"the hub does not list the files of {source.place} ({type(error).__name__})",
                remedy="Check the network and HF_ENDPOINT.",
            ) from None
        if not isinstance(entries, list):
            raise _strange(source)
        following = urljoin(address, link[1]) if link else ""
        if following and urlsplit(following)[:2] != urlsplit(address)[:2]:
            raise FetchError("the hub's list of files goes on at another server")
        return entries, following


def _escaped(path: str, source: DataSource) -> str:
    if ".." in path.split("/") or not path.isprintable() or any(map(str.isspace, path)):
        raise FetchError(f"the hub lists a file of {source.place} whose name cannot be asked for")
    return path


def _strange(source: DataSource) -> FetchError:
    return FetchError(f"the answer to the list of files of {source.place} is not the hub's")
