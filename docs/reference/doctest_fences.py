"""Examples in docstrings (`>>> ...`) as blocks of code, for the reference's pages."""

import re

import griffe

EXAMPLE = re.compile(r"(?:^[ ]*>>> .*\n?(?:^[ ]*\S.*\n?)*\n?)+", re.MULTILINE)


def fence(text):
    """Puts examples between fences; what stands between fences already is left.

    Args:
        text: str, a docstring.

    Returns:
        str.
    """
    if "```" in text:
        return text
    return EXAMPLE.sub(lambda found: f"```pycon\n{found[0].rstrip()}\n```\n\n", text)


class DoctestFences(griffe.Extension):
    """Changes the docstring of each object as it is read."""

    def on_object(self, *, obj, **kwargs):
        """Puts the examples of one object between fences."""
        if not obj.is_alias and obj.docstring:
            obj.docstring.value = fence(obj.docstring.value)
