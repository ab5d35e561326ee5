"""Every case has a test, or says why it has none."""

import ast
import pathlib

from tests.serving.conformance.cases import CASES


def marked():
    numbers = set()
    for path in pathlib.Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "case":
                numbers.add(node.args[0].value)
    return numbers


def test_every_case_is_covered():
    without_reason = {number for number, case in CASES.items() if not case.not_run}
    assert marked() >= without_reason
    assert marked() <= set(CASES)
    assert not {n for n in CASES if CASES[n].starred and CASES[n].not_run}
