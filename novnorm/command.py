"""Entry point of `novnorm` that answers `--help` without waiting for Keras.

Importing the package imports Keras, for a saved detector is loaded by classes that must
be known by then. The command's own modules need nothing of that kind before they run.
"""

import gc
import pathlib
import sys
import types

PACKAGE = "keras_novnorm"


def main():
    """Run `novnorm`.

    Returns:
        Exit code.
    """
    # A stand-in, so that the parsers can be imported without the package's `__init__`.
    package = types.ModuleType(PACKAGE)
    # Methods of a user's own lie where the command is given, as with `python -m`.
    sys.path.append("")
    package.__path__ = [str(pathlib.Path(__file__).resolve().parents[1] / PACKAGE)]
    sys.modules[PACKAGE] = package
    from novnorm.main import make_parser, run

    arguments = make_parser().parse_args()
    del sys.modules[PACKAGE]
    code = run(arguments)
    # Python would look through all of TensorFlow's objects once more before it ends.
    gc.freeze()
    return code
