# SPDX-License-Identifier: Apache-2.0
"""One folder a medium; nothing is worked out here but labels and layout."""
