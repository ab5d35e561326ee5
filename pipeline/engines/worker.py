"""One worker of a pool, which starts it and tells it all by its environment."""

import sys


def main():
    """Runs until its engine needs it no more."""
    # Before there are threads: Beam's would import TensorFlow several times at once,
    # each in the middle of the other, and fail.
    from pipeline.onednn import prefer_onednn
    from pipeline.quiet import import_tensorflow_quietly

    prefer_onednn()
    import_tensorflow_quietly()
    from apache_beam.runners.worker import sdk_worker_main

    import keras_novnorm  # noqa: F401  # What is unpickled needs it.

    sdk_worker_main.main(sys.argv)


if __name__ == "__main__":
    main()
