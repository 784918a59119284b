-- The discussion: people, private notes, regions and topics, votes, conversations, and what it takes to share them.

-- Who writes. Names are what people claim; the id is what tells them apart.
CREATE TABLE person (
  id TEXT PRIMARY KEY,                              -- a UUID; what another program knows them by, for those from there
  name TEXT NOT NULL DEFAULT '',                    -- the newest they gave; empty for the student, whose settings say it
  mine INTEGER NOT NULL DEFAULT 0,                  -- this is the student
  key TEXT NOT NULL DEFAULT '',                     -- the Ed25519 key that was trusted at first sight, base64
  seen TEXT NOT NULL DEFAULT ''                     -- when something of theirs came last
) STRICT;
CREATE UNIQUE INDEX person_mine ON person (mine) WHERE mine = 1;
INSERT INTO person (id, mine)
SELECT lower(substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-4' || substr(h, 14, 3) || '-8' || substr(h, 18, 3) || '-'
  || substr(h, 21, 12)), 1
FROM (SELECT hex(randomblob(16)) AS h);

-- The latest moment anybody is known to have written at: a hybrid logical clock, in milliseconds.
CREATE TABLE hybrid_clock (latest INTEGER NOT NULL) STRICT;
INSERT INTO hybrid_clock VALUES (0);

-- "note", which only the student sees, joins the kinds.
DROP INDEX annotation_open;
DROP INDEX annotation_updated;
ALTER TABLE annotation ADD COLUMN sort TEXT NOT NULL DEFAULT 'highlight'
  CHECK (sort IN ('highlight', 'comment', 'question', 'note', 'reply'));
UPDATE annotation SET sort = kind;
ALTER TABLE annotation DROP COLUMN kind;
ALTER TABLE annotation RENAME COLUMN sort TO kind;

-- A reply may be here before what it answers, so its parent is named and not held to be there.
DROP INDEX annotation_parent;
ALTER TABLE annotation ADD COLUMN answered TEXT;
UPDATE annotation SET answered = parent;
ALTER TABLE annotation DROP COLUMN parent;
ALTER TABLE annotation RENAME COLUMN answered TO parent;
CREATE INDEX annotation_parent ON annotation (parent) WHERE parent IS NOT NULL;

-- Who wrote it; what its conversation begins with; with no reading, the lecture whose topic is the quote; a box on the
-- page, in PDF points; the group it is shared with, empty for nobody; the address or file it came from.
ALTER TABLE annotation ADD COLUMN person TEXT NOT NULL DEFAULT '';
ALTER TABLE annotation ADD COLUMN root TEXT NOT NULL DEFAULT '';
ALTER TABLE annotation ADD COLUMN lecture INTEGER;
ALTER TABLE annotation ADD COLUMN region TEXT NOT NULL DEFAULT '[]';
ALTER TABLE annotation ADD COLUMN audience TEXT NOT NULL DEFAULT '';
ALTER TABLE annotation ADD COLUMN via TEXT NOT NULL DEFAULT '';
-- When this version was written (see hybrid_clock), on which device (empty: this one), and what tells two of one moment
-- apart; whether it came from others and was not shown yet.
ALTER TABLE annotation ADD COLUMN clock INTEGER NOT NULL DEFAULT 0;
ALTER TABLE annotation ADD COLUMN device TEXT NOT NULL DEFAULT '';
ALTER TABLE annotation ADD COLUMN digest TEXT NOT NULL DEFAULT '';
ALTER TABLE annotation ADD COLUMN unread INTEGER NOT NULL DEFAULT 0;
UPDATE annotation SET person = (SELECT id FROM person WHERE mine = 1);
WITH RECURSIVE chain (id, root, depth) AS (
  SELECT id, id, 0 FROM annotation WHERE parent IS NULL
  UNION ALL SELECT reply.id, chain.root, depth + 1 FROM annotation reply JOIN chain ON reply.parent = chain.id
  WHERE depth < 10000
)
UPDATE annotation SET root = coalesce((SELECT chain.root FROM chain WHERE chain.id = annotation.id), parent, id);
CREATE INDEX annotation_root ON annotation (root) WHERE deleted IS NULL;
CREATE INDEX annotation_person ON annotation (person, root) WHERE deleted IS NULL;

-- What it said before it was edited, or what another device of its author says.
CREATE TABLE annotation_version (
  annotation TEXT NOT NULL,
  updated TEXT NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  tags TEXT NOT NULL,
  colour TEXT NOT NULL,
  PRIMARY KEY (annotation, updated)
) STRICT;

-- An upvote, "I have this question too", or the asker's mark that a reply is the answer; one by a person on a target.
CREATE TABLE reaction (
  id TEXT PRIMARY KEY,                              -- made of target, person and kind, see library/reactions.py
  target TEXT NOT NULL,                             -- an annotation's id
  kind TEXT NOT NULL CHECK (kind IN ('upvote', 'me-too', 'answer')),
  person TEXT NOT NULL,
  author TEXT NOT NULL,                             -- the name they give
  audience TEXT NOT NULL DEFAULT '',
  created TEXT NOT NULL,
  updated TEXT NOT NULL,
  deleted TEXT,
  clock INTEGER NOT NULL DEFAULT 0,
  device TEXT NOT NULL DEFAULT '',
  digest TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX reaction_target ON reaction (target) WHERE deleted IS NULL;

-- Where she found an annotation's passage again by hand, in a document that says it in other words.
CREATE TABLE placement (
  annotation TEXT NOT NULL,
  document TEXT NOT NULL,
  extractor TEXT NOT NULL,
  page INTEGER NOT NULL,
  start INTEGER NOT NULL,
  "end" INTEGER NOT NULL,
  quote TEXT NOT NULL,                              -- the words there, to find them in the next copy
  prefix TEXT NOT NULL DEFAULT '',
  suffix TEXT NOT NULL DEFAULT '',
  updated TEXT NOT NULL,
  PRIMARY KEY (annotation, document)
) STRICT;

-- Where annotations of other copies stand in a document: looked for once, by their words. What is lost has no page, and
-- its best guess for spans. Made of what stands elsewhere, see annotations/placing.py.
CREATE TABLE standing (
  document TEXT NOT NULL,
  annotation TEXT NOT NULL,
  reading TEXT NOT NULL,
  extractor TEXT NOT NULL,
  told TEXT NOT NULL,                               -- when the annotation had come to say what was looked for
  page INTEGER,
  start INTEGER,
  spans TEXT NOT NULL DEFAULT '[]',                 -- [page, start, end], one for each page
  score REAL NOT NULL,
  PRIMARY KEY (document, annotation)
) STRICT;
CREATE INDEX standing_place ON standing (reading, document, page, start);

-- Followed by her choice (1) or no longer (0); without a row she follows what she wrote in.
CREATE TABLE follow (
  thread TEXT PRIMARY KEY,
  followed INTEGER NOT NULL,
  updated TEXT NOT NULL
) STRICT;

-- Her own judgement of what she wrote: 0, 1 or 2 points. It never leaves.
CREATE TABLE rating (
  annotation TEXT PRIMARY KEY,
  points INTEGER NOT NULL CHECK (points BETWEEN 0 AND 2),
  updated TEXT NOT NULL
) STRICT;

-- Every conversation in one row, so that lists of them are quick. Made of the tables above, see library/threads.py.
CREATE TABLE thread (
  id TEXT PRIMARY KEY,                              -- its root's id, also where the root is gone or has not arrived
  reading TEXT NOT NULL,
  lecture INTEGER,
  page INTEGER,
  start INTEGER,
  second REAL,
  kind TEXT NOT NULL DEFAULT '',                    -- its root's; empty where there is none
  person TEXT NOT NULL DEFAULT '',                  -- its root's author
  mine INTEGER NOT NULL,                            -- she wrote in it
  resolved INTEGER NOT NULL,
  replies INTEGER NOT NULL,
  upvotes INTEGER NOT NULL,                         -- in all of it
  me_too INTEGER NOT NULL,
  answers INTEGER NOT NULL,                         -- replies the asker marked
  unread INTEGER NOT NULL,
  created TEXT NOT NULL,                            -- of the first thing said
  latest TEXT NOT NULL                              -- when something was last said or changed
) STRICT;
CREATE INDEX thread_latest ON thread (latest);
CREATE INDEX thread_upvotes ON thread (upvotes, latest);
CREATE INDEX thread_asked ON thread (me_too, latest);
CREATE INDEX thread_reading ON thread (reading, page, start, second);
CREATE INDEX thread_kind ON thread (kind, latest);
CREATE INDEX thread_lecture ON thread (lecture) WHERE lecture IS NOT NULL;
CREATE INDEX thread_unread ON thread (latest) WHERE unread > 0;
CREATE INDEX thread_open ON thread (kind, latest) WHERE kind = 'question' AND answers = 0 AND resolved = 0;
CREATE INDEX thread_mine ON thread (latest) WHERE mine = 1;
INSERT INTO thread
SELECT said.root, coalesce(root.reading, min(said.reading)), NULL, root.page, root.start, root.second,
  coalesce(root.kind, ''), coalesce(root.person, ''), 1, coalesce(root.resolved, 0),
  count(*) - (root.id IS NOT NULL), 0, 0, 0, 0, min(said.created), max(said.updated)
FROM annotation said LEFT JOIN annotation root ON root.id = said.root AND root.deleted IS NULL
WHERE said.deleted IS NULL GROUP BY said.root;
