-- The groups she is in, each a folder that all its members have; see annotations/groups/.
CREATE TABLE joined_group (
  id TEXT PRIMARY KEY,                              -- a UUID, the same for all members
  name TEXT NOT NULL,
  folder TEXT NOT NULL,
  carrier TEXT NOT NULL CHECK (carrier IN ('folder', 'git', 'zip')),
  course TEXT NOT NULL DEFAULT '',                  -- the key of the course it is about
  current INTEGER NOT NULL DEFAULT 0,               -- what she writes goes here
  joined TEXT NOT NULL,
  synced TEXT                                       -- when it was last brought up to date
) STRICT;
CREATE UNIQUE INDEX joined_group_current ON joined_group (current) WHERE current = 1;

-- How far each file of a group has been read.
CREATE TABLE group_file (
  audience TEXT NOT NULL,                           -- the group
  path TEXT NOT NULL,                               -- AUTHOR/DEVICE.jsonl
  inode INTEGER NOT NULL,
  size INTEGER NOT NULL,
  changed INTEGER NOT NULL,                         -- nanoseconds
  place INTEGER NOT NULL,                           -- the byte up to which it has been read: a line's end
  last INTEGER NOT NULL,                            -- how long the last line is, in bytes,
  digest TEXT NOT NULL,                             --   and its digest: that it is the same file still
  lines INTEGER NOT NULL,
  bad INTEGER NOT NULL,                             -- how many of them say nothing we understand
  clock INTEGER NOT NULL,                           -- the latest moment in it that can be believed
  PRIMARY KEY (audience, path)
) STRICT, WITHOUT ROWID;

-- What of hers lies in a group's folder, in which version; gone where the last said of it is that it is no more.
CREATE TABLE published (
  audience TEXT NOT NULL,
  id TEXT NOT NULL,
  clock INTEGER NOT NULL,
  gone INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (audience, id)
) STRICT, WITHOUT ROWID;

-- What was said to be no more before it came itself.
CREATE TABLE ended (
  id TEXT NOT NULL,
  person TEXT NOT NULL,
  clock INTEGER NOT NULL,
  device TEXT NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (id, person)
) STRICT, WITHOUT ROWID;

-- Lines that were not applied, because they are about what another person wrote.
CREATE TABLE put_aside (
  audience TEXT NOT NULL,
  path TEXT NOT NULL,
  digest TEXT NOT NULL,
  id TEXT NOT NULL,
  person TEXT NOT NULL,
  reason TEXT NOT NULL,
  line TEXT NOT NULL,
  seen TEXT NOT NULL,
  PRIMARY KEY (audience, path, digest)
) STRICT, WITHOUT ROWID;

-- Where a reply's author says that it belongs to another conversation than the one that what it answers belongs to.
CREATE TABLE claimed_root (
  id TEXT PRIMARY KEY,
  root TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX claimed_root_root ON claimed_root (root);

-- Conversations whose row in `thread` waits to be made anew.
CREATE TABLE stale_thread (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- Indexes that are made again once all of much has been stored.
CREATE TABLE index_aside (name TEXT PRIMARY KEY, sql TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Annotations that the search index waits for: many at once are indexed later, in small steps.
CREATE TABLE unindexed (seq INTEGER PRIMARY KEY) STRICT;
DROP TRIGGER annotation_insert;
DROP TRIGGER annotation_delete;
DROP TRIGGER annotation_unindex;
DROP TRIGGER annotation_index;
CREATE TRIGGER annotation_insert AFTER INSERT ON annotation
WHEN new.deleted IS NULL AND NOT EXISTS (SELECT 1 FROM unindexed WHERE seq = new.seq) BEGIN
  INSERT INTO annotation_text (rowid, body, quote, tags) VALUES (new.seq, new.body, new.quote, new.tags);
END;
CREATE TRIGGER annotation_delete AFTER DELETE ON annotation BEGIN
  INSERT INTO annotation_text (annotation_text, rowid, body, quote, tags)
  SELECT 'delete', old.seq, old.body, old.quote, old.tags
  WHERE old.deleted IS NULL AND NOT EXISTS (SELECT 1 FROM unindexed WHERE seq = old.seq);
  DELETE FROM unindexed WHERE seq = old.seq;
END;
CREATE TRIGGER annotation_unindex BEFORE UPDATE OF body, quote, tags, deleted ON annotation
WHEN old.deleted IS NULL AND NOT EXISTS (SELECT 1 FROM unindexed WHERE seq = old.seq) BEGIN
  INSERT INTO annotation_text (annotation_text, rowid, body, quote, tags)
  VALUES ('delete', old.seq, old.body, old.quote, old.tags);
END;
CREATE TRIGGER annotation_index AFTER UPDATE OF body, quote, tags, deleted ON annotation
WHEN new.deleted IS NULL AND NOT EXISTS (SELECT 1 FROM unindexed WHERE seq = new.seq) BEGIN
  INSERT INTO annotation_text (rowid, body, quote, tags) VALUES (new.seq, new.body, new.quote, new.tags);
END;
