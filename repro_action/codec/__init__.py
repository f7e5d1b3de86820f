# SPDX-License-Identifier: Apache-2.0
"""Published JSON documents: read, written and described."""
