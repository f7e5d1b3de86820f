# SPDX-License-Identifier: Apache-2.0
"""What an interpreter is and can import: the environment of steps, however it was made."""
