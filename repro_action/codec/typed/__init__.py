# SPDX-License-Identifier: Apache-2.0
"""The one reader and writer of JSON documents: frozen dataclasses on one side, JSON values on the other."""
