"""Statistics against a schema."""

from pipeline.pipeline_error import UsageError
from pipeline.schema.anomaly import Anomaly
from pipeline.schema.infer_schema import VERSION

_FIELDS = (
    "modes",
    "height",
    "width",
    "classes",
    "min_count",
    "max_rejected_share",
)
_EDIT = "where that is meant, put it into the schema"


def check_schema(statistics, schema):
    """Finds what a schema does not allow.

    Args:
        statistics: dict, as `StatisticsOutputs.read` gives it.
        schema: dict, as `infer_schema` gives it; of fields that are absent or null,
            nothing is expected.

    Returns:
        List of `Anomaly`s.

    Raises:
        UsageError: the schema has an unknown field, or one of another form.
    """
    _check_form(schema)
    found = []
    for name, split in statistics["splits"].items():
        found += _check_split(name, split, schema)
    found += _check_classes(statistics, schema.get("classes"))
    found += _check_rejected(statistics, schema.get("max_rejected_share"))
    return found


def _check_split(name, split, schema):
    least = (schema.get("min_count") or {}).get(name, 0)
    if split["count"] < least:
        yield Anomaly(
            "number of pictures",
            name,
            f"at least {least}",
            str(split["count"]),
            "See whether pictures are missing or were set aside.",
        )
    if not split["count"]:
        return
    allowed = schema.get("modes")
    strange = {m: n for m, n in split["modes"].items() if m not in (allowed or {m})}
    if strange:
        yield Anomaly(
            "kinds of picture",
            name,
            ", ".join(allowed),
            ", ".join(f"{count} {mode}" for mode, count in strange.items()),
            f"See where they come from; {_EDIT}.",
        )
    for side in ("height", "width"):
        low, high = schema.get(side) or (None, None)
        found = split[side]
        if low is not None and not (low <= found["min"] and found["max"] <= high):
            yield Anomaly(
                side,
                name,
                f"{low} to {high}",
                f"{found['min']} to {found['max']}",
                f"See whether the camera or a crop was changed; {_EDIT}.",
            )


def _check_classes(statistics, expected):
    if expected is None:
        return
    found = {n for split in statistics["splits"].values() for n in split["classes"]}
    new, missing = sorted(found - set(expected)), sorted(set(expected) - found)
    if new:
        yield Anomaly(
            "classes",
            "all pictures",
            ", ".join(expected),
            f"besides: {', '.join(new)}",
            f"See whether a folder or a label is misspelt; {_EDIT}.",
        )
    if missing:
        yield Anomaly(
            "classes",
            "all pictures",
            ", ".join(expected),
            f"nothing of: {', '.join(missing)}",
            f"See whether a folder is missing; {_EDIT}.",
        )


def _check_rejected(statistics, most):
    if most is None:
        return
    share = statistics["rejected"] / max(1, statistics["listed"])
    if share > most:
        yield Anomaly(
            "pictures set aside",
            "all pictures",
            f"at most {most:.2%}",
            f"{statistics['rejected']} of {statistics['listed']} ({share:.2%})",
            "See rejected.csv of prepare for the reasons.",
        )


def _check_form(schema):
    unknown = sorted(set(schema) - {"version", *_FIELDS})
    if unknown:
        raise UsageError(
            f"The schema has the unknown fields {', '.join(unknown)}; there are "
            f"{', '.join(_FIELDS)}."
        )
    if schema.get("version", VERSION) != VERSION:
        raise UsageError(
            f"The schema must be of version {VERSION}; received {schema['version']!r}."
        )
    for name, is_right, form in (
        ("modes", _is_texts, 'a list of names, ["PNG L"]'),
        ("classes", _is_texts, "a list of names"),
        ("height", _is_range, "two numbers, [lowest, highest]"),
        ("width", _is_range, "two numbers, [lowest, highest]"),
        ("min_count", _is_counts, 'numbers by split, {"train": 100}'),
        ("max_rejected_share", _is_number, "a number from 0 to 1"),
    ):
        value = schema.get(name)
        if value is not None and not is_right(value):
            raise UsageError(
                f"`{name}` in the schema must be {form}; received {value!r}."
            )


def _is_texts(value):
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_range(value):
    return isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))


def _is_counts(value):
    return isinstance(value, dict) and all(map(_is_number, value.values()))
