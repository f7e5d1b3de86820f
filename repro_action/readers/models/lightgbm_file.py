# SPDX-License-Identifier: Apache-2.0
"""LightGBM's model file, a text: `tree[12].threshold` is an array, a parameter a text.

Lengths of the trees' texts, the version of the format and the paths of files are left out by rules. See
`GBDT::SaveModelToString` of LightGBM's src/boosting/gbdt_model_text.cpp.
"""

from __future__ import annotations

import re

from repro_action.errors import ArtifactUnreadable
from repro_action.readers.arrays import text_leaf
from repro_action.readers.plain_values import value_tree
from repro_action.readers.protocol import ReadContext, Source
from repro_action.readers.whole import SizeLimit, whole_text
from repro_action.tree import Excluded, Node, Tree, branch

PATHS = "lightgbm-paths"
VERSION = "lightgbm-version"
_PATHS = frozenset(
    {
        "data",
        "valid",
        "config",
        "input_model",
        "output_model",
        "output_result",
        "convert_model",
        "forcedsplits_filename",
        "forcedbins_filename",
        "machine_list_filename",
        "parser_config_file",
    }
)
_PARAMETER = re.compile(r"\[([A-Za-z0-9_]+): (.*)\]")
_NAMES = frozenset({"feature_names", "feature_infos", "monotone_constraints", "tree_sizes"})


class LightgbmReader:
    """Reads what `Booster.save_model` wrote."""

    name = "lightgbm"
    size_limit = SizeLimit(copies=8)

    def recognizes(self, source: Source, head: bytes) -> bool:
        """Go by the first lines."""
        del source
        return head.startswith(b"tree\nversion=v") and b"num_class=" in head

    def read(self, source: Source, context: ReadContext) -> Tree:
        """Read the model.

        Raises:
            ArtifactUnreadable: not of this form, or too large.
        """
        lines = whole_text(source, context, copies=self.size_limit.copies).split("\n")
        if "end of trees" not in lines:
            raise ArtifactUnreadable("it is cut off: the line that ends its trees is missing")
        end = lines.index("end of trees")
        children, excluded = _trees(lines[1:end], context)
        more, paths = _rest(lines[end + 1 :], context)
        root = branch([*children, *more], type="lightgbm.Booster", algorithm=context.digester.algorithm)
        return Tree(format=self.name, root=root, excluded=(*excluded, *paths))


def _trees(lines: list[str], context: ReadContext) -> tuple[list[tuple[str, Node]], list[Excluded]]:
    excluded: list[Excluded] = []
    blocks: list[dict[str, object]] = [{}]
    names = [""]
    for number, line in enumerate(lines):
        if number % 1024 == 0:
            context.check_time()
        key, sign, value = line.partition("=")
        if key == "Tree" and sign:
            blocks.append({})
            if value != str(len(names) - 1):
                raise ArtifactUnreadable(f"a tree is numbered {value[:20]!r} where {len(names) - 1} follows")
            names.append(f".tree[{value}]")
        elif key in blocks[-1]:
            raise ArtifactUnreadable(f"it has the line {key[:80]!r} twice in one part")
        elif len(blocks) == 1 and key in {"version", "tree_sizes"}:
            excluded.append(Excluded(path=key, rule=VERSION))
        elif line:
            # Lines without a sign, such as `average_output`, are switches.
            blocks[-1][key] = _numbers(value, key) if sign else True
    children: list[tuple[str, Node]] = [
        (f".{key}", value_tree(value, context)) for key, value in blocks[0].items()
    ]
    children += [
        (
            name,
            branch(
                [(f".{key}", value_tree(value, context)) for key, value in block.items()],
                algorithm=context.digester.algorithm,
            ),
        )
        for name, block in zip(names[1:], blocks[1:], strict=True)
    ]
    return children, excluded


def _numbers(text: str, key: str) -> object:
    """Return an array of whole numbers or floats; the text where it is none."""
    words = text.split(" ")
    if key in _NAMES or not text:
        return words if text else ""
    for kind in (int, float):
        try:
            values = [kind(word) for word in words]
        except ValueError:
            continue
        if kind is float or all(abs(value) < 1 << 63 for value in values):
            return values
    return text


def _rest(lines: list[str], context: ReadContext) -> tuple[list[tuple[str, Node]], list[Excluded]]:
    """Return what follows the trees: importances are derived, parameters by name, all else is text."""
    children: list[tuple[str, Node]] = []
    excluded: list[Excluded] = []
    parameters: list[tuple[str, Node]] = []
    kept: list[str] = []
    inside = False
    for line in lines:
        found = _PARAMETER.fullmatch(line) if inside else None
        inside = (inside or line == "parameters:") and line != "end of parameters"
        if found is None:
            kept.append(line)
        elif found[1] in _PATHS:
            excluded.append(Excluded(path=f"parameters.{found[1]}", rule=PATHS))
        else:
            parameters.append((f".{found[1]}", text_leaf(found[2], context)))
    names = [name for name, _ in parameters]
    if len({*names}) != len(names) or len({entry.path for entry in excluded}) != len(excluded):
        raise ArtifactUnreadable("it has the same parameter twice")
    children.append((".parameters", branch(parameters, algorithm=context.digester.algorithm)))
    children.append((".text", text_leaf("\n".join(kept), context)))
    return children, excluded
