# SPDX-License-Identifier: Apache-2.0
"""Accepted products by digest, in a folder, a bucket or a registry, so that they can be brought back."""
