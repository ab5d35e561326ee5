"""The style of every page that people are given: light and dark, wide and narrow."""

import importlib.resources

_FOLDER = "templates"


def page_style(*names):
    """The common style, and what a page adds to it.

    Args:
        *names: style sheets beside `page.css`, such as `"report.css"`.

    Returns:
        CSS, a string.
    """
    folder = importlib.resources.files("keras_novnorm.visualization") / _FOLDER
    sheets = [folder / name for name in ("page.css", *names)]
    return "".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
