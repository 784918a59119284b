-- The history of runs is filtered and sorted by an index alone: what it needs of a run's verdicts and times stands
-- beside them.

ALTER TABLE run ADD COLUMN seconds REAL;
ALTER TABLE run ADD COLUMN tested INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 0;
UPDATE run SET
  seconds = (julianday(ended) - julianday(started)) * 86400,
  tested = (SELECT count(*) FROM json_each(run.verdicts)
    WHERE json_extract(value, '$.verdict') IN ('confirmed', 'not confirmed')),
  confirmed = (SELECT count(*) FROM json_each(run.verdicts) WHERE json_extract(value, '$.verdict') = 'confirmed');
DROP INDEX run_started;
CREATE INDEX run_listed ON run (started, state, sweep, lab, preset, seconds, tested, confirmed, launcher, device, id);
