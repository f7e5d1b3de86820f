# SPDX-License-Identifier: Apache-2.0
"""Encloses steps: no network, and only what they declare; what is enforced is proven by a canary."""
