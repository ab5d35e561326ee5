"""`python -m serving.client`."""

import sys

if __name__ == "__main__":
    try:
        from serving.client import main
    except ModuleNotFoundError as error:
        sys.exit(str(error))
    sys.exit(main())
