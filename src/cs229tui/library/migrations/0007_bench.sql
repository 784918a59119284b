-- The lab bench: runs wait in a queue, go out through other launchers, and belong to a sweep; a student predicts.

-- A state more means another CHECK, and SQLite changes one only with the whole table. Nothing refers to it.
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
  sweep TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO run_now (id, lab, preset, parameters, folder, state, reason, verdicts, summary, started, ended)
  SELECT id, lab, preset, parameters, folder, state, reason, verdicts, summary, started, ended FROM run;
DROP TABLE run;
ALTER TABLE run_now RENAME TO run;
CREATE INDEX run_lab ON run (lab, started);
CREATE INDEX run_started ON run (started);
CREATE INDEX run_state ON run (state);
CREATE INDEX run_sweep ON run (sweep) WHERE sweep <> '';

-- What a student expected of a lab before its first run, as she wrote it; every answer is kept.
CREATE TABLE prediction (
  id TEXT PRIMARY KEY,
  lab TEXT NOT NULL,
  question TEXT NOT NULL,
  answer TEXT NOT NULL,
  made TEXT NOT NULL
) STRICT;
CREATE INDEX prediction_lab ON prediction (lab, question, made);
