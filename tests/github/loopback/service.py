"""From a request to its answer: described? well formed? known token? a fault? permitted? then answered and checked."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field
from typing import Any

from loopback import actions, code, discussion, objects, people
from loopback.answers import Answer, Refused, error, not_found
from loopback.bodies import Bodies
from loopback.calls import HANDLERS, Call, Handler
from loopback.description import Description, Match
from loopback.faults import Chance, Fault
from loopback.permissions import ACCEPTED, granted
from loopback.state import Repository, State, Token

ROOMS = (actions, code, discussion, objects, people)  # importing them registers their handlers
VERSIONS = ("2022-11-28", "2026-03-10")


@dataclass
class Request:
    """One line of the log; the status is 0 where the connection was dropped."""

    method: str
    path: str
    query: str
    status: int = 0
    token: str | None = None
    operation: str | None = None
    fault: str | None = None


@dataclass(frozen=True)
class Incoming:
    """A request as it came; the names of headers are in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Service:
    """Answers requests; safe to call from many threads."""

    def __init__(self, description: Description, base: str) -> None:
        self.description = description
        self.base = base
        self.graphql = base.removesuffix("/v3") + "/graphql"
        self.state = State()
        self.bodies = Bodies(description, self.state)
        self.lock = threading.RLock()
        self.requests: list[Request] = []
        self.violations: list[str] = []
        self.faults: list[Fault] = []
        self.chance: Chance | None = None
        self.blobs = ""

    def answer(self, incoming: Incoming) -> tuple[Answer, Fault | None]:
        """The answer, and the fault that it meets on its way."""
        with self.lock:
            entry = Request(incoming.method, incoming.path, incoming.query)
            self.requests.append(entry)
            try:
                answer, fault = self._answer(incoming, entry)
            except Refused as refusal:
                answer, fault = refusal.answer, None
            entry.fault = f"{fault.kind} {fault.when}" if fault else None
            entry.status = 0 if fault and fault.kind == "drop" else answer.status
            return answer, fault

    def _violation(self, entry: Request, problem: str) -> None:
        self.violations.append(
            f"{entry.method} {entry.path}{'?' if entry.query else ''}{entry.query}: {problem}"
        )

    def _answer(self, incoming: Incoming, entry: Request) -> tuple[Answer, Fault | None]:
        if incoming.path.startswith("/_blobs/"):
            return self._blob(incoming, entry)
        match = self._described(incoming, entry)
        query, body = self._well_formed(incoming, entry, match)
        token = self._token(incoming, entry)
        fault = self._fault(incoming)
        if fault and not fault.effect:
            return Answer(0) if fault.kind == "drop" else fault.answer(installation=token.installation), fault
        if match is None:
            return self._viewer(body, entry, token), fault
        answer = self._carried_out(match, query, body, token, incoming)
        problems = self.description.response_problems(match.operation, answer.status, answer.encoded())
        for problem in problems:
            self._violation(entry, problem)
        if fault and fault.kind not in ("truncate", "slow", "drop"):
            return fault.answer(installation=token.installation), fault
        return answer, fault

    def _described(self, incoming: Incoming, entry: Request) -> Match | None:
        """The operation; None for the one query of GraphQL."""
        if incoming.path == self.graphql and incoming.method == "POST":
            entry.operation = "graphql"
            return None
        match = None
        if incoming.path.startswith(f"{self.base}/"):
            match = self.description.match(incoming.method, incoming.path.removeprefix(self.base))
        if match is None:
            self._violation(entry, "GitHub's description has no such operation")
            raise not_found()
        entry.operation = match.operation.id
        return match

    def _well_formed(
        self, incoming: Incoming, entry: Request, match: Match | None
    ) -> tuple[dict[str, Any], Any]:
        problems: list[str] = []
        query: dict[str, Any] = {}
        headers = incoming.headers
        if not headers.get("user-agent"):
            problems.append("no User-Agent: GitHub answers 403")
        if not re.search(r"application/(vnd\.github|json|octet-stream)|\*/\*", headers.get("accept", "*/*")):
            problems.append(f"Accept: {headers['accept']!r} is not a type that GitHub gives")
        if headers.get("x-github-api-version", VERSIONS[0]) not in VERSIONS:
            problems.append(
                f"X-GitHub-Api-Version: {headers['x-github-api-version']!r} is none of {VERSIONS}"
            )
        if match is None:
            status, body = 400, None
            try:
                body = json.loads(incoming.body)
            except ValueError:
                problems.append("the body is not JSON")
        else:
            problems += self.description.path_problems(match)
            query, of_query = self.description.query_problems(match.operation, incoming.query)
            problems += of_query
            status = 400 if problems else 422
            body, of_body = self.description.body_problems(
                match.operation, incoming.body, headers.get("content-type", "application/json")
            )
            problems += of_body
        for problem in problems:
            self._violation(entry, problem)
        if problems:
            raise Refused(error(status, "; ".join(problems)))
        return query, body

    def _token(self, incoming: Incoming, entry: Request) -> Token:
        header = incoming.headers.get("authorization")
        if header is None:
            self._violation(entry, "no Authorization")
            raise Refused(error(401, "Requires authentication"))
        entry.token = header.partition(" ")[2]
        token = self.state.tokens.get(entry.token)
        if token is None:
            raise Refused(error(401, "Bad credentials"))
        return token

    def _fault(self, incoming: Incoming) -> Fault | None:
        path = incoming.path.removeprefix(self.base)
        for fault in self.faults:
            if fault.meets(incoming.method, path):
                return fault.take()
        return self.chance.draw() if self.chance else None

    def _carried_out(
        self, match: Match, query: dict[str, Any], body: Any, token: Token, incoming: Incoming
    ) -> Answer:
        name, path = match.operation.id, match.path
        repo: Repository | None = self.state.repositories.get(
            f"{path.get('owner')}/{path.get('repo')}".lower()
        )
        url = f"{self.bodies.api}{incoming.path.removeprefix(self.base)}"
        call = Call(path, query, body, token, self.state, self.bodies, url, self.blobs, repo)
        accepted = ACCEPTED.get(name)
        try:
            self._permitted(call, accepted)
            answer = HANDLERS.get(name, self._unserved(name))(call)
        except Refused as refusal:
            answer = refusal.answer
        if accepted:
            answer.headers.setdefault("X-Accepted-GitHub-Permissions", accepted)
        return answer

    def _permitted(self, call: Call, accepted: str | None) -> None:
        repo, token = call.found, call.token
        if "owner" in call.path and repo is None:
            raise not_found()
        public = repo is not None and not repo.private
        if accepted and not granted(token, accepted, pull_request=call.is_pull(), public=public):
            who = "integration" if token.installation else "personal access token"
            raise Refused(error(403, f"Resource not accessible by {who}"))

    def _unserved(self, name: str) -> Handler:
        def answer(_: Call) -> Answer:
            self.violations.append(f"{name}: described by GitHub, but not served here: write its handler")
            return error(501, f"the loopback server does not serve {name}")

        return answer

    def _viewer(self, body: Any, entry: Request, token: Token) -> Answer:
        """The schema of GraphQL is not in the description: exactly one query is known."""
        known = isinstance(body, dict) and set(body) <= {"query", "variables"} and not body.get("variables")
        if not known or re.sub(r"\s", "", str(body.get("query"))) not in (
            "query{viewer{login}}",
            "{viewer{login}}",
        ):
            self._violation(entry, f"not the one known query: {body!r}")
            return Answer(200, {"errors": [{"message": "unknown query"}]})
        return Answer(200, {"data": {"viewer": {"login": token.user}}})

    def _blob(self, incoming: Incoming, entry: Request) -> tuple[Answer, Fault | None]:
        """The store behind the redirect: another host, which must not see the token."""
        entry.operation = "blob"
        if "authorization" in incoming.headers:
            self._violation(entry, "the token was sent to the store of artifacts")
        fault = self._fault(incoming)
        if fault and not fault.effect:
            return Answer(0) if fault.kind == "drop" else fault.answer(), fault
        number = int(incoming.path.rpartition("/")[2])
        for repo in self.state.repositories.values():
            if number in repo.artifacts:
                data = repo.artifacts[number].data
                answer = Answer(200, raw=data, headers={"Content-Type": "application/zip"})
                return answer if not fault or fault.kind != "garbage" else fault.answer(), fault
        raise not_found()
