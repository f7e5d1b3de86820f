# SPDX-License-Identifier: Apache-2.0
"""The configuration: found, read, validated against its schema, and turned into values."""
