"""The finished work below one root: looked up, or else done."""

import logging

from pipeline.artifacts.attempt import Attempt
from pipeline.artifacts.fan_out import fan_out
from pipeline.artifacts.lease import hold
from pipeline.artifacts.look import Seen, look
from pipeline.artifacts.manifest import MANIFEST, place_of, plan, read_manifest
from pipeline.pipeline_error import PipelineError
from pipeline.storage import StoragePath

_LOGGER = logging.getLogger("pipeline")


class ArtifactStore:
    """Keeps what components made, by what it depends on.

    `ROOT/COMPONENT/FINGERPRINT/` has one folder for each attempt and, when one of them
    is whole, a `manifest.json` that names it and is written last, in one piece. The
    fingerprint is that of the parameters, the code and the content of the inputs. What
    has no manifest is never believed.

    Args:
        root: str, path or `StoragePath`.
        beam_args: sequence of str, options for Beam.
        run: str, name of the run, written into the manifests.
        on_use: callable or None, called with the store before it looks at places, so
            that others can be told to leave them alone.

    Attributes:
        made: list of `StoragePath`, the places whose work was done by this store.
        used: dict from `StoragePath`, the places that were asked for, to manifests.
        works_on: list of `StoragePath`, the places that are asked for now, and the
            folders that their inputs lie in.
        rests_on: list of `StoragePath`, folders of results that are needed later.
    """

    def __init__(self, root, beam_args=(), run="run", on_use=None):
        self.root = StoragePath(root)
        self.run = run
        self.made = []
        self.used = {}
        self.works_on = []
        self.rests_on = []
        self._on_use = on_use
        self._beam_args = tuple(beam_args)

    def produce(self, component, may_run=True):
        """Gives a component's results, and does its work only where they are not there.

        Args:
            component: a `Component`.
            may_run: bool; False: results must be there already.

        Returns:
            The component's `OUTPUTS`.

        Raises:
            PipelineError: the component failed, or would have had to run.
        """
        (result,) = self.produce_all([component], may_run)
        if isinstance(result, PipelineError):
            raise result
        return result

    def produce_all(self, components, may_run=True):
        """Gives the results of several components of one kind.

        What has to be done is done by Beam's workers where the kind says so, all of it
        in one pipeline; else one after another. A failure harms no other.

        Args:
            components: list of `Component`.
            may_run: bool; False: results must be there already.

        Returns:
            List in the same order of `OUTPUTS`, and of `PipelineError` where the
            component failed.

        Raises:
            PipelineError: a component would have had to run.
        """
        attempts = [self._attempt(component) for component in components]
        self._announce(attempts)
        seen = {one.place: look(self.root, one) for one in attempts}
        missing = [one for one in attempts if seen[one.place].why_run]
        if missing and not may_run:
            raise PipelineError(
                f"{missing[0].title} would have to run first, because "
                f"{seen[missing[0].place].why_run}; run without --only."
            )
        failures, before = {}, len(self.made)
        if missing:
            names = {f"{one.component.NAME}-{one.place.name}" for one in missing}
            with hold(self.root, names, _tell_wait) as waited:
                if waited:  # Another run may have done it meanwhile.
                    seen.update((one.place, look(self.root, one)) for one in missing)
                    missing = [one for one in missing if seen[one.place].why_run]
                failures = self._make(missing, seen)
        made = self.made[before:]
        return [
            failures.get(one.place)
            # As it was seen: another run may be at it again.
            or self._result(one, seen[one.place].manifest, one.place not in made)
            for one in attempts
        ]

    def _announce(self, attempts):
        places = [one.place for one in attempts]
        folders = {s for one in attempts for s in one.component.sources().values()}
        folders.update(map(str, self.rests_on))
        # An attempt's folder lies in its place.
        self.works_on = [*places, *(StoragePath(f).parent for f in sorted(folders))]
        if attempts and self._on_use:
            self._on_use(self)

    def _make(self, attempts, seen):
        failures = {}
        if attempts and attempts[0].component.ON_WORKERS:
            for one in attempts:
                self._begin(one, seen[one.place])
            failures = fan_out(attempts, self._beam_args)
        else:
            for one in attempts:
                # Now, as the others took their time: where there are no leases,
                # another run may have done it.
                seen[one.place] = look(self.root, one)
                if seen[one.place].why_run is None:
                    continue
                self._begin(one, seen[one.place])
                try:
                    one.make()
                except PipelineError as error:
                    failures[one.place] = error
                except Exception as error:
                    if len(attempts) == 1:
                        raise
                    text = f"{one.title}: {type(error).__name__}: {error}"
                    failures[one.place] = PipelineError(text)
                self._end(one, seen)
        for one in attempts:
            if one.component.ON_WORKERS:
                self._end(one, seen)
            if seen[one.place].why_run and one.place not in failures:
                failures[one.place] = PipelineError(
                    f"{one.title}: Beam's runner reports success, but the work was not "
                    "done. It does not keep Beam's promises: use another one."
                )
        return failures

    def _begin(self, attempt, seen):
        _LOGGER.info("%s: runs, because %s", attempt.title, seen.why_run)
        # What there is can no longer be used; what came since then is another's.
        if seen.manifest and read_manifest(attempt.place) == seen.manifest:
            (attempt.place / MANIFEST).delete()

    def _end(self, attempt, seen):
        manifest = read_manifest(attempt.place)
        if manifest and manifest != seen[attempt.place].manifest:
            seen[attempt.place] = Seen(None, manifest)
            self.made.append(attempt.place)
            _LOGGER.info("%s: done in %.1f s", attempt.title, manifest["seconds"])

    def _result(self, attempt, manifest, is_old):
        self.used[attempt.place] = manifest
        directory = attempt.place / manifest["attempt"]
        if is_old:
            _LOGGER.info("%s: up to date (%s)", attempt.title, directory)
        return attempt.component.outputs(directory, manifest["digest"])

    def _attempt(self, component):
        planned = plan(component)
        place = place_of(self.root, planned)
        return Attempt(component, place, planned, self._beam_args, self.run)


def _tell_wait(name):
    _LOGGER.info("waiting for another run that works on %s", name)
