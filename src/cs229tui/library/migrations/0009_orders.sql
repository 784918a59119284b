-- Each order of the history has an index, so that its first runs are found without putting all of them in order.

DROP INDEX run_lab;
CREATE INDEX run_lab ON run (lab, started DESC, state, sweep);
CREATE INDEX run_longest ON run (seconds DESC, started DESC, state, sweep);
CREATE INDEX run_verdicts
  ON run (tested = 0, 1.0 * confirmed / tested DESC, confirmed DESC, started DESC, state, sweep);
