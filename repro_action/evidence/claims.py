# SPDX-License-Identifier: Apache-2.0
"""What a statement claims, in one form for every predicate that is known here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from repro_action.evidence.bill_of_materials import BILL_OF_MATERIALS, COMMIT, LEVEL_NAME, PLATFORM_NAME
from repro_action.evidence.model_signature import MODEL_SIGNATURE, read_resources
from repro_action.evidence.provenance import BUILD_TYPE, PROVENANCE
from repro_action.evidence.statement import InTotoStatement, StatementSubject
from repro_action.evidence.strict_json import EvidenceRefused, as_list, as_object, as_text
from repro_action.evidence.verification_result import LEVEL, PLATFORM, VERIFICATION_RESULT, VERIFIER

_COMMIT = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_MATCHED = {"REPRO_REBUILT", "REPRO_MATCHED_BASELINE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a statement claims.

    Attributes:
        kind: of statement, in words.
        model: its name; empty where the statement says none.
        files: that it is about.
        whole: whether those are all files of a folder, so that another one beside them is refused.
        path: of that folder, or of the one file, in the project; empty where it is not known.
        commit: empty where the statement names none.
        platform: class; empty where the statement names none.
        level: how closely it matched; empty where the statement does not say.
    """

    kind: str
    model: str
    files: tuple[StatementSubject, ...]
    whole: bool = False
    path: str = ""
    commit: str = ""
    platform: str = ""
    level: str = ""


def claims_of(statement: InTotoStatement) -> Claims:
    """Read what a statement claims.

    Raises:
        EvidenceRefused: its predicate is not known, or not as its page has it.
    """
    read = KNOWN_PREDICATES.get(statement.predicate_type)
    if read is None:
        raise EvidenceRefused(
            f"its predicate is {statement.predicate_type[:120]!r}, which repro does not know",
            why="What is not understood is not accepted.",
            remedy=f"Known are {', '.join(KNOWN_PREDICATES)}.",
        )
    return read(statement)


def _provenance(statement: InTotoStatement) -> Claims:
    definition = as_object(statement.predicate.get("buildDefinition"), "the definition of the build")
    if definition.get("buildType") != BUILD_TYPE:
        raise EvidenceRefused(f"its build is of the type {str(definition.get('buildType'))[:120]!r}")
    given = as_object(definition.get("externalParameters"), "the parameters of the build")
    inner = as_object(definition.get("internalParameters"), "the inner parameters of the build")
    return Claims(
        kind="provenance",
        model=as_text(given.get("model"), "the model's name"),
        files=statement.subjects,
        commit=full_commit(as_object(given.get("source"), "the source").get("commit")),
        platform=as_text(inner.get("platform"), "the platform"),
    )


def _verification_result(statement: InTotoStatement) -> Claims:
    verifier = as_object(statement.predicate.get("verifier"), "the verifier")
    if verifier.get("id") != VERIFIER:
        raise EvidenceRefused(f"its verifier is {str(verifier.get('id'))[:120]!r}, not repro")
    properties = [
        as_text(one, "a property")
        for one in as_list(statement.predicate.get("properties"), "the list of properties")
    ]
    if not set(properties) >= _MATCHED:
        raise EvidenceRefused("it does not say that the model was rebuilt and matched its baseline")
    as_text(statement.predicate.get("timeCreated"), "the time")
    policies = as_list(verifier.get("policies"), "the list of policies")
    source: Mapping[str, object] = as_object(policies[0], "the commit") if policies else {}
    return Claims(
        kind="verification result",
        model=as_text(source.get("name"), "the model's name"),
        files=statement.subjects,
        commit=full_commit(as_object(source.get("digest"), "the commit's digest").get("gitCommit")),
        platform=_after(PLATFORM, properties),
        level=_after(LEVEL, properties).lower().replace("_", "-"),
    )


def _model_signature(statement: InTotoStatement) -> Claims:
    if len(statement.subjects) != 1:
        raise EvidenceRefused("a model's signature has one subject, and this one has more")
    return Claims(
        kind="model signature",
        model=statement.subjects[0].name,
        files=read_resources(statement),
        whole=True,
        path=statement.subjects[0].path,
    )


def _bill_of_materials(statement: InTotoStatement) -> Claims:
    about = as_object(statement.predicate.get("metadata"), "what the bill is about")
    named = as_object(about.get("component"), "the component")
    said = dict(map(_property, as_list(about.get("properties"), "the list of properties")))
    return Claims(
        kind="bill of materials",
        model=as_text(named.get("name"), "the model's name"),
        files=statement.subjects,
        commit=full_commit(said.get(COMMIT)),
        platform=said.get(PLATFORM_NAME, ""),
        level=said.get(LEVEL_NAME, ""),
    )


def _property(raw: object) -> tuple[str, str]:
    found = as_object(raw, "a property")
    return as_text(found.get("name"), "a property's name"), as_text(found.get("value"), "a property's value")


KNOWN_PREDICATES: dict[str, Callable[[InTotoStatement], Claims]] = {
    PROVENANCE: _provenance,
    VERIFICATION_RESULT: _verification_result,
    MODEL_SIGNATURE: _model_signature,
    BILL_OF_MATERIALS: _bill_of_materials,
}


def full_commit(value: object) -> str:
    """Return the full name of a commit.

    Raises:
        EvidenceRefused: it is none.
    """
    text = as_text(value, "the commit")
    if not _COMMIT.fullmatch(text):
        raise EvidenceRefused(f"{text[:80]!r} is not the full name of a commit")
    return text


def _after(prefix: str, properties: list[str]) -> str:
    found = [one.removeprefix(prefix) for one in properties if one.startswith(prefix)]
    if len(found) != 1:
        raise EvidenceRefused(f"it has {len(found)} properties that begin with {prefix}, not one")
    return found[0]
