# SPDX-License-Identifier: Apache-2.0
"""JSON, and formats with its data model: JSON lines, TOML, YAML, MessagePack, UBJSON."""
