# SPDX-License-Identifier: Apache-2.0
"""Two fingerprints and the declared tolerances → what differs, and the verdict."""
