-- The groups she is in, each a folder that all its members have; see annotations/groups/.
CREATE TABLE joined_group (
  id TEXT PRIMARY KEY,                              -- a UUID, the same for all members
  name TEXT NOT NULL,
  folder TEXT NOT NULL,
  carrier TEXT NOT NULL CHECK (carrier IN ('folder', 'git', 'zip')),
  current INTEGER NOT NULL DEFAULT 0,               -- what she writes goes here
  joined TEXT NOT NULL,
  synced TEXT                                       -- when it was last brought up to date
) STRICT;
CREATE UNIQUE INDEX joined_group_current ON joined_group (current) WHERE current = 1;
