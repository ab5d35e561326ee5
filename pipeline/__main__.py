"""`python -m pipeline`."""

import gc
import sys

from pipeline.main import main

if __name__ == "__main__":
    code = main()
    # Python would look through all of TensorFlow's objects once more before it ends.
    gc.freeze()
    sys.exit(code)
