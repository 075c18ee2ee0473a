"""`python -m simulator`, from the root of the repository."""

from __future__ import annotations

import sys

from simulator.run import main

if __name__ == "__main__":
    sys.exit(main())
