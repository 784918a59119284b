-- The lab bench: runs wait in a queue, go out through other launchers, and belong to a sweep; a student predicts.

-- A state more means another CHECK, and SQLite changes one only with the whole table. Nothing refers to it.
-- What the history is filtered and put in order by, of a run's times and verdicts, stands beside them.
CREATE TABLE run_now (
  id TEXT PRIMARY KEY,
  lab TEXT NOT NULL,
  preset TEXT NOT NULL,
  parameters TEXT NOT NULL DEFAULT '{}',
  folder TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'starting', 'running', 'done', 'failed', 'stopped', 'lost')),
  reason TEXT NOT NULL DEFAULT '',
  verdicts TEXT NOT NULL DEFAULT '[]',
  summary TEXT NOT NULL DEFAULT '{}',
  started TEXT NOT NULL,
  ended TEXT,
  launcher TEXT NOT NULL DEFAULT 'local',
  device TEXT NOT NULL DEFAULT '',
  sweep TEXT NOT NULL DEFAULT '',
  seconds REAL,
  tested INTEGER NOT NULL DEFAULT 0,
  confirmed INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO run_now (
  id, lab, preset, parameters, folder, state, reason, verdicts, summary, started, ended, seconds, tested, confirmed
)
  SELECT
    id, lab, preset, parameters, folder, state, reason, verdicts, summary, started, ended,
    (julianday(ended) - julianday(started)) * 86400,
    (SELECT count(*) FROM json_each(verdicts)
      WHERE json_extract(value, '$.verdict') IN ('confirmed', 'not confirmed')),
    (SELECT count(*) FROM json_each(verdicts) WHERE json_extract(value, '$.verdict') = 'confirmed')
  FROM run;
DROP TABLE run;
ALTER TABLE run_now RENAME TO run;
CREATE INDEX run_state ON run (state);
CREATE INDEX run_sweep ON run (sweep) WHERE sweep <> '';
-- The history of runs is filtered by an index alone, and each of its orders has one.
CREATE INDEX run_listed ON run (started, state, sweep, lab, preset, seconds, tested, confirmed, launcher, device, id);
CREATE INDEX run_lab ON run (lab, started DESC, state, sweep);
CREATE INDEX run_longest ON run (seconds DESC, started DESC, state, sweep);
CREATE INDEX run_verdicts
  ON run (tested = 0, 1.0 * confirmed / tested DESC, confirmed DESC, started DESC, state, sweep);

-- What a student expected of a lab before its first run, as she wrote it; every answer is kept.
CREATE TABLE prediction (
  id TEXT PRIMARY KEY,
  lab TEXT NOT NULL,
  question TEXT NOT NULL,
  answer TEXT NOT NULL,
  made TEXT NOT NULL
) STRICT;
CREATE INDEX prediction_lab ON prediction (lab, question, made);
