"""Scores pictures from the command line: `python -m serving.client`."""

import collections
import contextlib
import os
import sys

import tqdm

from serving.client import picture_files, results
from serving.client.answers import MAP
from serving.client.errors import ScoringError
from serving.client.map_files import MapFiles
from serving.client.options import parse
from serving.client.scoring_client import ScoringClient
from serving.client.tls import Tls

_MOST_SHOWN = 20


def main(arguments=None):
    """Scores the pictures named on the command line.

    Args:
        arguments: list of str, or None for the process's own.

    Returns:
        int, the exit status: 0 if all pictures were scored, 1 if some were not or a
        map could not be written, 2 if none could be.
    """
    options = parse(arguments)
    files, others = picture_files.find(options.pictures)
    files = list(dict.fromkeys(files))  # a file named twice is scored once
    if others:
        _say(f"{others} files in folders are no pictures")
    if not files:
        _say(f"no picture found in {options.pictures}")
        return 2
    run = _Run(len(files))
    try:
        _score(options, files, run)
    except ScoringError as error:
        _say(f"{options.target}, model {options.model}: {error}")
    except BrokenPipeError:
        # Whoever read the output has seen enough, as with `head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        _say(f"{error.filename or 'a file'}: {error.strerror or error}")
    except KeyboardInterrupt:
        _say("interrupted")
    run.report()
    return run.status()


class _Run:
    """What became of the pictures."""

    def __init__(self, total):
        self._total = total
        self._scored = 0
        self._failed = []
        self._unwritten = []
        self._notes = collections.Counter()

    def add(self, row):
        if row["error"] is None:
            self._scored += 1
        else:
            self._failed.append(row)
        if row["note"]:
            self._notes[row["note"]] += 1

    def add_unwritten(self, file, reason):
        self._unwritten.append((file, reason))

    def report(self):
        for note, count in self._notes.most_common():
            _say(f"{count} {note}")
        if self._failed:
            _say(f"{len(self._failed)} of {self._total} could not be scored:")
        for row in self._failed[:_MOST_SHOWN]:
            _say(f"  {row['file']!r}: {results.short(row['error'])}")
        if len(self._failed) > _MOST_SHOWN:
            _say(f"  and {len(self._failed) - _MOST_SHOWN} more")
        if self._unwritten:
            _say(f"{len(self._unwritten)} maps could not be written:")
        for file, reason in self._unwritten[:_MOST_SHOWN]:
            _say(f"  {file!r}: {reason}")
        left = self._total - self._scored - len(self._failed)
        if left and self._scored:
            _say(f"stopped: {left} of {self._total} were not tried")

    def status(self):
        if not self._scored:
            return 2
        return 0 if self._scored == self._total and not self._unwritten else 1


def _score(options, files, run):
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(
            ScoringClient(
                options.target,
                options.model,
                version=options.version,
                batch_size=options.batch_size,
                in_flight=options.in_flight,
                timeout=options.timeout,
                retries=options.retries,
                label=options.label,
                tls=_tls(options),
            )
        )
        maps = None
        if options.maps is not None:
            maps = MapFiles(options.maps, files, options.map_range, options.maps_npy)
            stack.callback(_finish_maps, maps, run)
        writers = _writers(options, stack)
        # No bar where nobody watches: `disable=None` asks the terminal.
        bar = tqdm.tqdm(total=len(files), unit=" pictures", disable=None, leave=False)
        stack.enter_context(bar)
        for row in client.score_each(files, maps=maps is not None):
            values = row.pop(MAP, None)
            if values is not None:
                # One that cannot be written must not end the others.
                try:
                    row["map"] = maps.add(row["file"], values)
                except OSError as error:
                    run.add_unwritten(row["file"], error.strerror or str(error))
            for writer in writers:
                writer.add(row)
            run.add(row)
            bar.update()


def _finish_maps(maps, run):
    waited, unwritten = maps.close()
    for file, reason in unwritten:
        run.add_unwritten(file, reason)
    if waited:
        low, high = maps.value_range
        _say(f"colours of the maps: --map-range {low:g} {high:g}")


def _writers(options, stack):
    writers = []
    for path, kind in ((options.jsonl, results.JsonLines), (options.csv, results.Csv)):
        if path:
            writers.append(kind(stack.enter_context(results.opened(path))))
    if options.json:
        writers.append(results.Json())
    writers = writers or [results.Table()]
    for writer in writers:
        stack.callback(writer.close)
    return writers


def _tls(options):
    if not (options.tls or options.ca or options.cert):
        return None
    return Tls(options.ca, options.cert, options.key)


def _say(words):
    # A name that is no UTF-8 must not end the run.
    encoding = sys.stderr.encoding or "utf-8"
    words = words.encode(encoding, "backslashreplace").decode(encoding)
    print(words, file=sys.stderr)
