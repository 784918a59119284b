-- Hypothesis: who she is there, her groups, what is both here and there, and how far each group was read.

-- Whose account the token was for when it was last checked. The token itself is never in here.
CREATE TABLE hypothesis_account (
  server TEXT PRIMARY KEY,                          -- https://hypothes.is
  userid TEXT NOT NULL,                             -- acct:name@hypothes.is
  name TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE hypothesis_group (
  audience TEXT PRIMARY KEY,                        -- https://hypothes.is/groups/ID, as annotations name whom they go to
  name TEXT NOT NULL,
  current INTEGER NOT NULL DEFAULT 0,               -- what she writes goes here
  agreed TEXT,                                      -- when she saw what would go there, and let it go
  synced TEXT
) STRICT;
CREATE UNIQUE INDEX hypothesis_group_current ON hypothesis_group (current) WHERE current = 1;

-- What she writes goes to one place at most, of whichever kind.
CREATE TRIGGER joined_group_alone AFTER UPDATE OF current ON joined_group WHEN new.current = 1 BEGIN
  UPDATE hypothesis_group SET current = 0;
END;
CREATE TRIGGER joined_group_alone_new AFTER INSERT ON joined_group WHEN new.current = 1 BEGIN
  UPDATE hypothesis_group SET current = 0;
END;
CREATE TRIGGER hypothesis_group_alone AFTER UPDATE OF current ON hypothesis_group WHEN new.current = 1 BEGIN
  UPDATE joined_group SET current = 0;
END;
CREATE TRIGGER hypothesis_group_alone_new AFTER INSERT ON hypothesis_group WHEN new.current = 1 BEGIN
  UPDATE joined_group SET current = 0;
END;

-- An annotation that is there. `same`: here too; `posting`: on its way, and perhaps there; `conflict`: changed on both
-- sides; `elsewhere`: of a work that is not among the readings; `hidden`: by a moderator of its group.
CREATE TABLE hypothesis_annotation (
  annotation TEXT PRIMARY KEY,                      -- its id here
  remote TEXT,                                      -- its id there; NULL while it is on its way
  audience TEXT NOT NULL,
  mine INTEGER NOT NULL DEFAULT 0,                  -- her account there wrote it
  shared INTEGER NOT NULL DEFAULT 1,                -- the group may read it, not only she
  state TEXT NOT NULL CHECK (state IN ('same', 'posting', 'conflict', 'elsewhere', 'hidden')),
  updated TEXT NOT NULL DEFAULT '',                 -- the version there that is known, as the server writes it
  digest TEXT NOT NULL DEFAULT '',                  -- of what both sides said when they last agreed
  since TEXT NOT NULL DEFAULT '',                   -- when posting began
  theirs TEXT NOT NULL DEFAULT ''                   -- what the server says, JSON; in a conflict, empty: deleted there
) STRICT;
CREATE UNIQUE INDEX hypothesis_annotation_remote ON hypothesis_annotation (remote) WHERE remote IS NOT NULL;
CREATE INDEX hypothesis_annotation_audience ON hypothesis_annotation (audience, state);

-- How far a group was read, all of it or what is on one reading: the moment of change of the last that came.
CREATE TABLE hypothesis_cursor (
  audience TEXT NOT NULL,
  reading TEXT NOT NULL DEFAULT '',
  updated TEXT NOT NULL,
  PRIMARY KEY (audience, reading)
) STRICT;
