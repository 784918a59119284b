"""What can be done to a run from its screen: pause, stop, start anew, go on; and watching it again."""

from dataclasses import replace
from functools import cached_property

from cs229tui.errors import LabError
from cs229tui.labkit.spec import Try
from cs229tui.labs import launch
from cs229tui.labs.life import look
from cs229tui.labs.replaying import nearest_speed
from cs229tui.library.runs import RunRecord
from cs229tui.tui.screens import launching
from cs229tui.tui.screens.run_watching import RunWatching
from cs229tui.tui.twice import Twice

_REPLAY_SECONDS = 20.0  # how long a replay takes when nobody says otherwise
_SEEK = 1 / 20


class RunControl(RunWatching):
    """A run's screen as far as its keys change the run."""

    @cached_property
    def _twice(self) -> Twice:
        return Twice(self)

    def _alive(self) -> RunRecord:
        if self.record is None or self.life is None or not self.life.alive:
            raise LabError("This run is over.", "Press r to start it anew.")
        return self.record

    def _ours(self) -> RunRecord:
        """The run, where it is one of our library; raises `LabError`."""
        if self.record is None or not self.indexed:
            raise LabError("This run is not in your library.", "Only a run that was started from here can be repeated.")
        return self.record

    def _look_again(self, record: RunRecord) -> None:
        self.life = look(record)
        self._dirty = True

    def action_pause(self) -> None:
        """Let the run wait, or go on."""
        if self.player is not None:
            self.player.pause()
            return
        record = self._alive()
        try:
            if launch.paused(record):
                launch.resume(record)
            else:
                launch.pause(record)
        except OSError as error:
            raise LabError(f"The run's folder cannot be written: {error.strerror}.") from error
        self._look_again(record)

    def action_stop(self) -> None:
        """Stop the run, when pressed twice."""
        if self.player is not None:
            self.end_replay()
            return
        record = self._alive()
        if self.life is not None and self.life.word == "queued":
            if self._twice("stop", "Press x again to take the run out of the queue."):
                launching.stop(self.companion, record)
        elif self.life is not None and self.life.stopping:
            launching.stop(self.companion, record, grace=0.0)
        elif self._twice("stop", "Press x again to stop the run; it writes its verdicts so far."):
            launching.stop(self.companion, record)
            self.life = replace(self.life, stopping=True) if self.life else None
            self._dirty = True

    def action_again(self) -> None:
        """Start the run anew; one that still goes is stopped first, when pressed twice."""
        record = self._ours()
        if self.life is not None and self.life.alive:
            if self._twice("again", "Press r again to stop this run and start it anew."):
                launching.stop(self.companion, record, then=lambda: self._start_again(record))
            return
        self._start_again(record)

    def _start_again(self, record: RunRecord) -> None:
        launching.start_again(self.companion, record, self._show_instead)

    def action_go_on(self) -> None:
        """Go on from the last checkpoint."""
        record = self._ours()
        if self.life is not None and self.life.alive:
            raise LabError("This run still goes on.", "Its last checkpoint is for when it is over.")
        launching.go_on(self.companion, record, self._show_instead)

    def action_start_now(self) -> None:
        """Start a run that waits in the queue."""
        record = self._ours()
        if self.life is None or self.life.word != "queued":
            raise LabError("This run does not wait in the queue.")
        launching.start_now(self.companion, record, self._look_again)

    def _show_instead(self, record: RunRecord) -> None:
        if self.is_current:
            self.app.switch_screen(type(self)(record.id))

    # What to try next

    def action_tries(self) -> None:
        """Choose what to try next."""
        spec = self.lab.spec if self.lab else None
        record = self.record
        if spec is None or not spec.tries or record is None:
            self.notify("This lab says nothing of what to try next; enter in the Labs tab changes anything.", timeout=4)
            return
        from cs229tui.tui.screens.run_tries import TriesScreen

        self.app.push_screen(TriesScreen(spec, record), self._try)

    def _try(self, chosen: tuple[Try, bool] | None) -> None:
        if chosen is None or self.lab is None or self.lab.spec is None:
            return
        one, form = chosen
        if form:
            from cs229tui.tui.screens.lab_form import LabForm

            self.app.push_screen(LabForm(self.lab, self.lab.spec, {}, begin=one))
            return
        launching.start(self.companion, self.lab, one.preset, dict(one.parameters), self._show_instead)

    # Told again

    def action_replay(self) -> None:
        """Tell a finished run again; or show it as it is."""
        if self.player is not None:
            self.end_replay()
        elif self.life is None or self.life.alive or not self.whole:
            raise LabError("A run can be told again when it is over.")
        else:
            self.tell_again(nearest_speed(max(self.view.seconds / _REPLAY_SECONDS, 1.0)))

    def action_speed(self, step: int) -> None:
        """A replay faster or slower."""
        if self.player is not None:
            self.player.change(step)
            self._dirty = True

    def action_seek(self, step: int) -> None:
        """A replay on or back."""
        if self.player is not None:
            self.player.seek(self.player.now() + step * self.player.length * _SEEK)
            self._dirty = True
