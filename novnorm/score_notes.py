"""What deserves a word of scored pictures, said once by kind."""

_NOT_WRITTEN = "not written: "
_BETWEEN = "; "


class ScoreNotes:
    """Collects notes on pictures.

    Attributes:
        num_unwritten: int, pictures with a result that could not be written.
    """

    def __init__(self):
        self._kinds = {}
        self.num_unwritten = 0

    def add(self, path, unlike, unwritten):
        """Takes the notes on one picture.

        Args:
            path: str, the picture.
            unlike: dict from trait to words, in what it is unlike the training.
            unwritten: dict from a result to why it could not be written.

        Returns:
            str for its row, or None: there is none.
        """
        parts = [f"{trait}: {words}" for trait, words in unlike.items()]
        parts += [f"{_NOT_WRITTEN}{name} ({why})" for name, why in unwritten.items()]
        note = _BETWEEN.join(parts) or None
        self.take_up(path, note)
        return note

    def take_up(self, path, note):
        """Takes what `add` returned, from a row that was written before.

        Args:
            path: str, the picture.
            note: str or None.
        """
        parts = note.split(_BETWEEN) if note else []
        for part in parts:
            kind, _, words = part.partition(": ")
            self._kinds.setdefault(kind, []).append((path, words))
        self.num_unwritten += any(part.startswith(_NOT_WRITTEN) for part in parts)

    def as_json(self):
        """Returns list of dict: `kind`, `count`, and the first `path` with `text`."""
        return [
            {
                "kind": kind,
                "count": len(found),
                "path": found[0][0],
                "text": found[0][1],
            }
            for kind, found in self._kinds.items()
        ]

    def lines(self):
        """Returns list of str, the same for people."""
        lines = []
        for kind, found in sorted(self._kinds.items()):
            path, words = found[0]
            more = f" and {len(found) - 1} more" if len(found) > 1 else ""
            if _NOT_WRITTEN.startswith(kind):
                lines.append(f"{kind}: {words} of {path}{more}")
            else:
                what = "picture is" if len(found) == 1 else "pictures are"
                lines.append(
                    f"note: {len(found)} {what} unlike those of the training in "
                    f"{kind}: {path} ({words}){more}"
                )
        return lines
