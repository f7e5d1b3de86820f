# SPDX-License-Identifier: Apache-2.0
"""`python -m repro_action` is the `repro` command."""

import sys

from repro_action.cli import main

if __name__ == "__main__":
    sys.exit(main())
