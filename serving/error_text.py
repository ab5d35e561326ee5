"""What may be told to a client of an error's text."""

import re

_QUOTED = re.compile(r"""(['"])/(?!v1/)(?:[^'"\n]*/)([^'"/\n]*)\1""")
_BARE = re.compile(
    r"(?<![\w.})\]-])/(?!v1/)(?:[^\s'\"<>|:;,(){}\[\]/]+/)+([^\s'\"<>|:;,(){}\[\]/]*)"
)


def without_paths(text):
    """Cuts the folders off absolute paths: how the server's disk is laid out is its
    own matter.

    Args:
        text: str.

    Returns:
        str, `.../saved_model.pb` in the place of `/srv/m/1/saved_model.pb`.
    """
    if "/" not in text:
        return text
    return _BARE.sub(r".../\1", _QUOTED.sub(r"\1.../\2\1", text))
