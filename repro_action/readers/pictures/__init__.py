# SPDX-License-Identifier: Apache-2.0
"""Pictures: pixels, or the elements of a drawing."""
