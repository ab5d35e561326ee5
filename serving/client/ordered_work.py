"""Work on several threads, results in order, and never much of it under way."""

import collections
import concurrent.futures


def in_order(work, items, in_flight):
    """Runs work on items, few at a time.

    Args:
        work: function of an item to a list.
        items: iterable, taken from only as work proceeds.
        in_flight: int, items worked on at the same time.

    Yields:
        the elements of the lists, in the order of the items.

    Raises:
        whatever `work` raises, at its place; what waits is dropped.
    """
    with concurrent.futures.ThreadPoolExecutor(in_flight) as pool:
        waiting = collections.deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                # One more than run, so that no thread waits for the reader.
                if len(waiting) > in_flight:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
