"""`python -m bench`, from the root of the repository."""

from __future__ import annotations

import sys

from bench.run import main

sys.exit(main())
