# SPDX-License-Identifier: Apache-2.0
"""An archive with one version in it."""

import pytest
from archived import make_archive, make_project

from repro_action.codec.baseline import fingerprint_id


@pytest.fixture
def kept(tmp_path):
    """Return an archive with one version, the fingerprint, and its entry."""
    fingerprint = make_project(tmp_path / "project")
    archive = make_archive(tmp_path / "archive")
    archive.keep(tmp_path / "project", fingerprint)
    return archive, fingerprint, archive.version(fingerprint_id(fingerprint))
