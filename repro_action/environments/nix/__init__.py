# SPDX-License-Identifier: Apache-2.0
"""The `nix` backend."""
