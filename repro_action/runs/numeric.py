# SPDX-License-Identifier: Apache-2.0
"""The numeric signature of the place where steps run, read beside the first of them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from repro_action.config.model import Config
from repro_action.errors import ReproError
from repro_action.interpreter.cache import cache_folder
from repro_action.interpreter.environment import Environment
from repro_action.interpreter.numeric.read import cached_signature, has_numpy, read_signature, signature_key
from repro_action.numeric.signature import CIRCUMSTANCE, NumericSignature
from repro_action.runs.materials import knobs_of

if TYPE_CHECKING:
    from repro_action.sandbox.protocol import Sandbox


def numeric_signature(
    config: Config, environment: Environment, sandbox: Sandbox, *, folder: Path | None = None
) -> NumericSignature | None:
    """Return the signature of the steps' interpreter, under their variables and in their enclosure.

    Args:
        config: whose determinism profile is in force.
        environment: of the steps.
        sandbox: of the steps. What encloses them in a way of its own, as a derivation of Nix does, cannot
            enclose a program besides.
        folder: of the user's cache; None for the usual one.

    Returns:
        None where there is no NumPy, or it cannot be read.
    """
    from repro_action.sandbox.enclosure import Enclosure, Open
    from repro_action.sandbox.select import entered

    if not has_numpy(environment) or not isinstance(sandbox, Enclosure | Open):
        return None
    place = folder or cache_folder(os.environ)
    settings = knobs_of(config, environment)
    known = cached_signature(place, signature_key(environment, settings))
    if known is not None:
        return known
    try:
        with (
            tempfile.TemporaryDirectory(prefix="repro-numeric-") as cwd,
            entered(sandbox, environment) as within,
        ):
            return read_signature(environment, settings, folder=place, within=within, cwd=Path(cwd))
    except (OSError, ReproError):
        return None


@dataclass(slots=True, kw_only=True)
class NumericReading:
    """A signature that is read beside the steps.

    Attributes:
        config, environment, sandbox: of `numeric_signature`.
        found: what was read; None before.
    """

    config: Config
    environment: Environment
    sandbox: Sandbox
    found: NumericSignature | None = None
    _thread: Thread | None = field(default=None, repr=False)

    def start(self) -> None:
        """Begin to read; a second call changes nothing."""
        if self._thread is None:
            self._thread = Thread(target=self._read, name="numeric-signature", daemon=True)
            self._thread.start()

    def _read(self) -> None:
        self.found = numeric_signature(self.config, self.environment, self.sandbox)

    def finish(self) -> None:
        """Wait until it is read, so that nothing of it is left behind when a run ends early."""
        if self._thread is not None:
            self._thread.join()

    def circumstances(self) -> Mapping[str, str]:
        """Return what a run records of it, once it is read: also where no step had to run."""
        self.start()
        self.finish()
        return {CIRCUMSTANCE: self.found.text} if self.found is not None else {}
