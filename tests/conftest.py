"""Makes the drawing modules beside this file importable from every test."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
