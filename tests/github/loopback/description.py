"""GitHub's published OpenAPI description, as questions: which operation is this request, and what is wrong with it."""

from __future__ import annotations

import copy
import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from required import absent

from loopback.schema import Checker, allow_null, link, unknown_properties

FILE = (
    Path(__file__).parents[2]
    / "npm"
    / "node_modules"
    / "@octokit"
    / "openapi"
    / "generated"
    / "api.github.com.json"
)

# The description forgets that a pull request outlives the repository of its head.
GAP = re.compile(r"^(\[\d+\] )?\$\.head\.repo: None is not of type 'object'$")


@dataclass(frozen=True)
class Operation:
    """One operation of the description."""

    id: str
    method: str
    template: str
    raw: dict[str, Any] = field(repr=False)
    document: dict[str, Any] = field(repr=False)

    def parameters(self, place: str) -> dict[str, dict[str, Any]]:
        """The parameters in the path or in the query, by name."""
        return {one["name"]: one for one in self.raw.get("parameters", ()) if one["in"] == place}

    def body_schema(self) -> dict[str, Any] | None:
        """The schema of the request's JSON body, or None where there must be none."""
        content = self.raw.get("requestBody", {}).get("content", {})
        return content["application/json"]["schema"] if "application/json" in content else None

    def response_schema(self, status: int) -> dict[str, Any] | None:
        """The schema of the response's JSON body, or None where there must be none."""
        response = self.raw["responses"].get(str(status))
        if response is None:
            known = {422: "validation-error"}.get(status, "basic-error")
            return self.document["components"]["schemas"][known] if status >= 400 else None
        content = response.get("content", {})
        return content["application/json"]["schema"] if "application/json" in content else None


@dataclass(frozen=True)
class Match:
    """An operation and the values of the parameters in its path."""

    operation: Operation
    path: dict[str, str]


class Description:
    """The whole description, loaded once a session."""

    def __init__(self, file: Path) -> None:
        self.document: dict[str, Any] = json.loads(file.read_bytes())
        self.examples = copy.copy(self.document["components"]["examples"])
        components = self.document["components"]
        for part in ("schemas", "parameters", "responses", "headers"):
            allow_null(components[part])
        allow_null(self.document["paths"])
        for part in ("schemas", "parameters", "responses"):
            link(components[part], self.document)
        link(self.document["paths"], self.document)
        self.checker = Checker()
        self._fixed: dict[tuple[str, int, str], list[tuple[list[str], Operation]]] = defaultdict(list)
        self._long: dict[tuple[str, str], list[tuple[list[str], Operation]]] = defaultdict(list)
        for template, item in self.document["paths"].items():
            for method, raw in item.items():
                self._add(Operation(raw["operationId"], method.upper(), template, raw, self.document))

    def _add(self, operation: Operation) -> None:
        if "}...{" in operation.template:  # an older spelling of `{basehead}`, with two names in one part
            return
        parts = operation.template.split("/")[1:]
        multi = [n for n, one in operation.parameters("path").items() if one.get("x-multi-segment")]
        if multi:
            self._long[operation.method, parts[0]].append(
                ([f"*{p}" if p[1:-1] in multi else p for p in parts], operation)
            )
        else:
            self._fixed[operation.method, len(parts), parts[0]].append((parts, operation))

    def match(self, method: str, path: str) -> Match | None:
        """The operation that a request means, by the most literal template."""
        segments = path.split("/")[1:]
        found = []
        for parts, operation in (
            self._fixed[method, len(segments), segments[0]] + self._long[method, segments[0]]
        ):
            values = _match(parts, segments)
            if values is not None:
                literal = [not part.startswith(("{", "*")) for part in parts]
                found.append((sum(literal), literal, operation, values))
        if not found:
            return None
        _, _, operation, values = max(found, key=lambda one: one[:2])
        return Match(operation, values)

    def query_problems(self, operation: Operation, query: str) -> tuple[dict[str, Any], list[str]]:
        """The query's values, read by their schemas, and what is wrong with them."""
        known, values, problems = operation.parameters("query"), {}, []
        for name, text in parse_qsl(query, keep_blank_values=True):
            if name not in known:
                problems.append(f"{operation.id} has no query parameter {name!r}")
                continue
            if name in values:
                problems.append(f"{operation.id}: query parameter {name!r} is given twice")
            schema = known[name]["schema"]
            values[name] = _read(text, schema)
            problems += [f"{operation.id}: ?{name}: {p}" for p in self.checker.problems(schema, values[name])]
        return values, problems

    def body_problems(self, operation: Operation, body: bytes, content_type: str) -> tuple[Any, list[str]]:
        """The JSON body and what is wrong with it."""
        schema = operation.body_schema()
        if not body:
            wanted = schema is not None and operation.raw["requestBody"].get("required")
            return None, [f"{operation.id} needs a body"] if wanted else []
        if schema is None:
            return None, [f"{operation.id} takes no body"]
        if content_type.partition(";")[0].strip() != "application/json":
            return None, [
                f"{operation.id}: the body's Content-Type is {content_type!r}, not application/json"
            ]
        try:
            value = json.loads(body)
        except ValueError as error:
            return None, [f"{operation.id}: the body is not JSON: {error}"]
        problems = [f"{operation.id}: body: {one}" for one in self.checker.problems(schema, value)]
        unknown = [
            f"{operation.id}: body: {one} is not a known property"
            for one in unknown_properties(schema, value)
        ]
        return value, problems + unknown

    def path_problems(self, match: Match) -> list[str]:
        """What is wrong with the values in the path."""
        known = match.operation.parameters("path")
        return [
            f"{match.operation.id}: {{{name}}}: {problem}"
            for name, text in match.path.items()
            for problem in self.checker.problems(known[name]["schema"], _read(text, known[name]["schema"]))
        ]

    def response_problems(self, operation: Operation, status: int, body: bytes) -> list[str]:
        """Where our own answer is not one that GitHub could give."""
        if str(status) not in operation.raw["responses"] and status < 400:
            return [f"{operation.id} never answers {status}"]
        schema = operation.response_schema(status)
        if schema is None or not body:
            return [f"{operation.id}: {status}: a body where there must be none"] if body else []
        problems = self.checker.problems(schema, json.loads(body))
        return [f"{operation.id}: our answer {status}: {p}" for p in problems if not GAP.search(p)]


def _match(parts: list[str], segments: list[str]) -> dict[str, str] | None:
    """The values of the template's parameters; one with a star takes as many segments as are left for it."""
    if len(segments) < len(parts):
        return None
    values, at = {}, 0
    for part in parts:
        if part[0] == "*":
            end = at + len(segments) - len(parts) + 1
            values[part[2:-1]] = unquote("/".join(segments[at:end]))
            at = end
            continue
        if part[0] == "{":
            if not segments[at]:
                return None
            values[part[1:-1]] = unquote(segments[at])
        elif part != segments[at]:
            return None
        at += 1
    return values


def _read(text: str, schema: dict[str, Any]) -> Any:
    """A text of the URL as its schema means it; what cannot be read stays text, which the schema then refuses."""
    kinds = schema.get("type", "string")
    if "integer" in kinds and text.lstrip("-").isdigit():
        return int(text)
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    return text


@cache
def _loaded() -> Description:
    return Description(FILE)


def description() -> Description:
    """The description, or a skip where it is not installed."""
    if not FILE.is_file():
        absent(
            "node", "GitHub's API description is not installed: run `npm ci --ignore-scripts` in tests/npm"
        )
    return _loaded()
