"""Numbers of filters, checked."""


def check_filters(filters):
    """Refuse a network of no stage, or a stage of no filter.

    Args:
        filters: filters of each stage.

    Raises:
        ValueError: if there is none, or one is not positive.
    """
    if not filters or min(filters) < 1:
        raise ValueError(
            "`filters` must have one positive number for each stage, such as (16, 32). "
            f"Received: {filters!r}"
        )
