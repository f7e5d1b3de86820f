# SPDX-License-Identifier: Apache-2.0
"""What is reported as published JSON documents, one a file: written, read with every bound, described."""
