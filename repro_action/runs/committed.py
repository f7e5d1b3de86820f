# SPDX-License-Identifier: Apache-2.0
"""The committed baseline: looked at before anything runs, and read when it is needed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from repro_action.baseline import Baseline
from repro_action.codec.baseline import read, require_version
from repro_action.codec.canonical import parse
from repro_action.config.model import Config
from repro_action.errors import BaselineError, ForeignBaseline
from repro_action.files import link_refused, read_regular
from repro_action.paths.names import shown

_REMEDY = "Restore it from git, or remove it and run `repro verify`, then `repro accept`."


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedBaseline:
    """A baseline's file as it was in the working tree: JSON of this version, and of this configuration.

    To make values of it takes the types of the whole document, whose making costs 50 ms.

    Attributes:
        config: whose baseline it is.
        document: its JSON.
    """

    config: Config
    document: object

    @classmethod
    def of(cls, config: Config) -> Self | None:
        """Read a configuration's baseline; None where nothing was accepted yet.

        Raises:
            BaselineError: the file cannot be read, or is another's.
        """
        path = config.baseline_path
        try:
            if path.is_symlink():
                raise link_refused(path)
            text = read_regular(path).decode("utf-8", "surrogateescape")
        except FileNotFoundError:
            return None
        except OSError as error:
            remedy = "Restore it with `git checkout`, or correct its permissions."
            raise BaselineError(
                f"it cannot be read: {error.strerror}", where=path.name, remedy=remedy
            ) from error
        try:
            document = parse(text, path.name)
            require_version(document, path.name)
        except BaselineError as error:
            error.remedy = error.remedy or _REMEDY
            raise
        name = document.get("name") if isinstance(document, dict) else None
        if isinstance(name, str) and name != config.name:
            raise _foreign(config, name)
        return cls(config=config, document=document)

    def read(self) -> Baseline:
        """Return what was accepted.

        Raises:
            BaselineError: the file is not as a baseline is.
        """
        return read(self.document, self.config.baseline_path.name)


def _foreign(config: Config, name: str) -> BaselineError:
    file = f"{config.path.stem}.baseline.json"
    if file == config.baseline_path.name:
        file = f"{re.sub('[^A-Za-z0-9._-]', '-', config.name)}.baseline.json"
    return ForeignBaseline(
        f"it is the baseline of {shown(name)}, and this configuration is called {shown(config.name)}",
        where=config.baseline_path.name,
        why="Two configurations in one folder share the file, or the model was renamed.",
        remedy=f'Give this one a file of its own: write `baseline = "{file}"` into '
        f"{shown(config.path.name)}. After renaming a model, write its new name into the baseline.",
    )
