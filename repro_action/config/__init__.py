# SPDX-License-Identifier: Apache-2.0
"""The configuration: found, read, held against its schema, and made into values."""
