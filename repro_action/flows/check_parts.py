# SPDX-License-Identifier: Apache-2.0
"""Which files of a subject are the model, and which outputs of the project they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from repro_action.compare.containers import compare_containers
from repro_action.config.model import Tolerance
from repro_action.digest import Digest
from repro_action.errors import ReproError
from repro_action.fingerprint import Product
from repro_action.listing import join
from repro_action.report.check_model import FoundBy
from repro_action.tree import Branch, Excluded, Kind, Leaf, Node, Tree

DOCUMENTS = frozenset(
    {
        *("text", "yaml", "toml", "json", "json lines", "mlmodel", "html", "xml", "notebook", "pdf"),
        *("png", "picture", "svg", "table"),
    }
)
"""Formats of what may lie beside a model: documentation, requirements, examples of its input."""

_LAYER = "tar"
"""Format of a layer of a container image, and of what a server unpacks: its members are the subject."""


class NotAnOutput(ReproError):
    """It cannot be said which output of the project a subject is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectPart:
    """A file of a subject, or all of its folder, that is read as one artifact.

    Attributes:
        path: in the subject; empty for all of a folder.
        name: that the subject has it by, for recognition.
        place: on this machine.
        size: bytes.
        sha256: of a file.
        tree: what the reader made of it.
    """

    path: str
    name: str
    place: Path
    size: int
    sha256: Digest | None
    tree: Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """A part, and the output that it is."""

    part: SubjectPart
    product: str
    found_by: FoundBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What of a subject is compared with which outputs.

    Attributes:
        assigned: what is compared.
        unmatched: files that hold values, and are no output of the project.
        context: files beside the model.
    """

    assigned: tuple[Assigned, ...]
    unmatched: tuple[str, ...] = ()
    context: tuple[str, ...] = ()


def assign(
    parts: Sequence[SubjectPart], products: Mapping[str, Product], *, named: str, loaded: Collection[str]
) -> Assignment:
    """Say which output each part of a subject is.

    Args:
        parts: the one file; or all of a folder, then each of its files.
        products: of the baseline.
        named: the output that the user named; empty for none.
        loaded: paths that the subject's own description says are loaded as the model.

    Raises:
        NotAnOutput: none is, or several could be.
    """
    if named and named not in products:
        raise NotAnOutput(f"--as {named[:200]!r} is no output of the baseline", remedy=_choose(products))
    whole = next((part for part in parts if not part.path), None)
    if (
        whole is None
        and parts[0].tree.format == _LAYER
        and not any(product.format == _LAYER for product in products.values())
    ):
        return _of_files(members_of(parts[0]), products, named, loaded)
    if whole is None:
        found = _assigned(parts[0], products, named, alone=True)
        if found is None:
            raise _none(parts[0].name, products)
        return Assignment(assigned=(found,))
    folders = {path: product for path, product in products.items() if product.format == whole.tree.format}
    found = _assigned(whole, folders, named, alone=False) if not named or named in folders else None
    if found is not None:
        return Assignment(assigned=(found,))
    try:
        files = {path: product for path, product in products.items() if named or path not in folders}
        return _of_files([part for part in parts if part.path], files, named, loaded)
    except NotAnOutput:
        found = _assigned(whole, folders, "", alone=True) if not named else None
        if found is None:
            raise
        return Assignment(assigned=(found,))


def _of_files(
    parts: Sequence[SubjectPart], products: Mapping[str, Product], named: str, loaded: Collection[str]
) -> Assignment:
    # A document that the project makes is compared; others may lie beside the model.
    made = {PurePosixPath(path).name for path in products}
    models = [
        part
        for part in parts
        if part.path in loaded or part.tree.format not in DOCUMENTS or part.name in made
    ]
    if named:
        # JSON and tables can be models too, where the user says that one is.
        models = models or [part for part in parts if part.tree.format == products[named].format]
    found = [_assigned(part, products, named, alone=len(models) == 1) for part in models]
    chosen = [each for each in found if each is not None]
    if not chosen:
        raise _none(", ".join(part.path for part in models[:3]) or "no file of the folder", products)
    return Assignment(
        assigned=tuple(chosen),
        unmatched=tuple(part.path for part, each in zip(models, found, strict=True) if each is None),
        context=tuple(part.path for part in parts if part not in models),
    )


def _assigned(
    part: SubjectPart, products: Mapping[str, Product], named: str, *, alone: bool
) -> Assigned | None:
    if named:
        return Assigned(part=part, product=named, found_by=FoundBy.NAMED)
    by_name = [path for path in products if PurePosixPath(path).name == part.name]
    if len(by_name) == 1:
        return Assigned(part=part, product=by_name[0], found_by=FoundBy.NAME)
    same = [path for path in by_name or products if holds_same(products[path], part)]
    if same:
        return Assigned(part=part, product=same[0], found_by=FoundBy.CONTENT)
    stem = PurePosixPath(part.name).stem
    likely = by_name or [path for path in products if PurePosixPath(path).stem == stem]
    likely = [path for path in likely if products[path].format not in DOCUMENTS] or likely
    if len(likely) == 1:
        return Assigned(part=part, product=likely[0], found_by=FoundBy.NAME)
    kind = [path for path, product in products.items() if _like(product, part)]
    if alone and len(kind) == 1 and not likely:
        return Assigned(part=part, product=kind[0], found_by=FoundBy.ONLY)
    candidates = likely or kind
    if alone and len(candidates) > 1:
        raise NotAnOutput(
            f"{part.name} could be any of several outputs: {', '.join(candidates[:10])}",
            remedy=f"Say which with --as, such as `--as {candidates[0]}`.",
        )
    return None


def members_of(part: SubjectPart) -> list[SubjectPart]:
    """Return the files of an archive as parts; their bytes are those of the archive."""
    found: list[SubjectPart] = []
    waiting: list[tuple[str, Node]] = [("", part.tree.root)]
    while waiting:
        path, node = waiting.pop()
        folder = isinstance(node, Branch) and not node.type and bool(node.children)
        if folder and isinstance(node, Branch) and all(segment[:1] == "/" for segment, _ in node.children):
            waiting.extend((join(path, segment), child) for segment, child in node.children)
            continue
        # Of a member no more is known than its tree.
        plain = isinstance(node, Leaf) and node.kind is Kind.TEXT
        tree = Tree(format="text" if plain else _LAYER, root=node, excluded=_inside(part.tree, path))
        found.append(replace(part, path=path, name=PurePosixPath(path).name, tree=tree))
    return sorted(found, key=lambda member: member.path)


def _inside(tree: Tree, path: str) -> tuple[Excluded, ...]:
    starts = tuple(f"{path}{sign}" for sign in "./[")
    return tuple(
        replace(one, path=one.path[len(path) :].removeprefix(".").removeprefix("/"))
        for one in tree.excluded
        if one.path.startswith(starts)
    )


def holds_same(product: Product, part: SubjectPart) -> bool:
    """Whether a part holds the same leaves as a product, in a format whose tree is the same."""
    as_read = Product(step="", format=part.tree.format, size=0, digest=part.tree.root.digest)
    found = compare_containers("", product, as_read, part.tree.root, tolerance=Tolerance())
    return found.match.passes and found.correspondence is None


def _like(product: Product, part: SubjectPart) -> bool:
    return (product.format in DOCUMENTS) == (part.tree.format in DOCUMENTS)


def _none(name: str, products: Mapping[str, Product]) -> NotAnOutput:
    return NotAnOutput(
        f"{name[:300]} is no output of the baseline: neither by name nor by content", remedy=_choose(products)
    )


def _choose(products: Mapping[str, Product]) -> str:
    return f"Name one with --as; the outputs are {', '.join(list(products)[:10]) or 'none'}."
