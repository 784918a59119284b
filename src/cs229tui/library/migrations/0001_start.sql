-- The student's state. Ids of what a person creates are UUIDs; times are UTC, ISO 8601 with a Z; lists are JSON.
-- The integer keys named seq exist so that the full-text tables have a rowid that no VACUUM changes.

-- "c229": what tells this file from other programs' databases.
PRAGMA application_id = 1664234041;

-- Readings that are not in a course file: what the student added herself.
CREATE TABLE reading (
  id TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  authors TEXT NOT NULL DEFAULT '[]',
  year INTEGER,
  kind TEXT NOT NULL DEFAULT 'paper',
  url TEXT NOT NULL DEFAULT '',
  pdf_url TEXT NOT NULL DEFAULT '',
  arxiv TEXT NOT NULL DEFAULT '',
  doi TEXT NOT NULL DEFAULT '',
  added TEXT NOT NULL
) STRICT;

CREATE TABLE reading_state (
  reading TEXT PRIMARY KEY,
  status TEXT NOT NULL DEFAULT 'unread' CHECK (status IN ('unread', 'reading', 'skimmed', 'done', 'aside')),
  page INTEGER,                                     -- the page reached, from 1
  place INTEGER NOT NULL DEFAULT 0,                 -- the character on that page at the top of the screen
  rating INTEGER CHECK (rating BETWEEN 1 AND 5),
  priority INTEGER NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 3),
  opened TEXT,                                      -- when it was last open in the reader
  updated TEXT NOT NULL
) STRICT;
CREATE INDEX reading_state_opened ON reading_state (opened) WHERE opened IS NOT NULL;

CREATE TABLE lecture_state (
  course TEXT NOT NULL,
  lecture INTEGER NOT NULL,
  attended INTEGER NOT NULL DEFAULT 0,
  watched INTEGER NOT NULL DEFAULT 0,
  slides_read INTEGER NOT NULL DEFAULT 0,
  updated TEXT NOT NULL,
  PRIMARY KEY (course, lecture)
) STRICT;

-- A file the program has read, known by its bytes. Its text is extracted once.
CREATE TABLE document (
  sha256 TEXT PRIMARY KEY,
  format TEXT NOT NULL CHECK (format IN ('pdf', 'markdown', 'text')),
  size INTEGER NOT NULL,                            -- bytes
  pages INTEGER NOT NULL,
  title TEXT NOT NULL DEFAULT '',
  fingerprint TEXT NOT NULL DEFAULT '',             -- pdf.js's, so that browser annotations find the same paper
  extractor TEXT NOT NULL,                          -- name/version: offsets hold only for this one
  outline TEXT NOT NULL DEFAULT '[]',
  flow BLOB NOT NULL,                               -- the reflowed blocks, see documents/flow.py
  warnings TEXT NOT NULL DEFAULT '[]',
  added TEXT NOT NULL
) STRICT;

-- Which document a reading is read from; the newest counts.
CREATE TABLE attachment (
  seq INTEGER PRIMARY KEY,
  reading TEXT NOT NULL,
  document TEXT NOT NULL REFERENCES document (sha256),
  source TEXT NOT NULL DEFAULT '',                  -- where it came from: an address or a file name
  added TEXT NOT NULL,
  UNIQUE (reading, document)
) STRICT;
CREATE INDEX attachment_document ON attachment (document);

CREATE TABLE page (
  seq INTEGER PRIMARY KEY,
  document TEXT NOT NULL REFERENCES document (sha256) ON DELETE CASCADE,
  number INTEGER NOT NULL,                          -- from 1
  label TEXT NOT NULL,                              -- as printed
  width REAL NOT NULL,                              -- PDF points
  height REAL NOT NULL,
  text TEXT NOT NULL,                               -- one code point per extracted character
  boxes BLOB NOT NULL DEFAULT x'',                  -- four float32 per character: left, bottom, right, top
  UNIQUE (document, number)
) STRICT;

CREATE TABLE annotation (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  reading TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('highlight', 'comment', 'question', 'reply')),
  body TEXT NOT NULL DEFAULT '',
  colour TEXT NOT NULL DEFAULT 'yellow',
  tags TEXT NOT NULL DEFAULT '[]',
  author TEXT NOT NULL,
  parent TEXT REFERENCES annotation (id),
  resolved INTEGER NOT NULL DEFAULT 0,              -- for a question: it has its answer
  document TEXT,                                    -- the anchor: which bytes,
  extractor TEXT NOT NULL DEFAULT '',               --   counted by whom,
  page INTEGER,                                     --   which page, from 1,
  start INTEGER,                                    --   page-relative code points,
  "end" INTEGER,
  quote TEXT NOT NULL DEFAULT '',                   --   and the words themselves with 32 characters around them
  prefix TEXT NOT NULL DEFAULT '',
  suffix TEXT NOT NULL DEFAULT '',
  quads TEXT NOT NULL DEFAULT '[]',                 -- boxes in PDF points: [left, bottom, right, top], a line each
  created TEXT NOT NULL,
  updated TEXT NOT NULL,
  deleted TEXT
) STRICT;
CREATE INDEX annotation_place ON annotation (reading, page, start) WHERE deleted IS NULL;
CREATE INDEX annotation_parent ON annotation (parent) WHERE parent IS NOT NULL;
CREATE INDEX annotation_updated ON annotation (updated) WHERE deleted IS NULL;
CREATE INDEX annotation_open ON annotation (created) WHERE kind = 'question' AND resolved = 0 AND deleted IS NULL;

CREATE TABLE note (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  body TEXT NOT NULL DEFAULT '',
  reading TEXT,
  lecture INTEGER,
  created TEXT NOT NULL,
  updated TEXT NOT NULL,
  deleted TEXT
) STRICT;
CREATE INDEX note_updated ON note (updated) WHERE deleted IS NULL;
CREATE INDEX note_reading ON note (reading) WHERE deleted IS NULL;

-- One sitting with one reading; seconds are active ones, by page in `pages`: {"6": 41.5}.
CREATE TABLE session (
  id TEXT PRIMARY KEY,
  reading TEXT NOT NULL,
  started TEXT NOT NULL,
  ended TEXT NOT NULL,
  seconds REAL NOT NULL DEFAULT 0,
  pages TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX session_started ON session (started);
CREATE INDEX session_reading ON session (reading);

-- One lab run; its folder says everything, this row is the index.
CREATE TABLE run (
  id TEXT PRIMARY KEY,
  lab TEXT NOT NULL,
  preset TEXT NOT NULL,
  parameters TEXT NOT NULL DEFAULT '{}',
  folder TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('starting', 'running', 'done', 'failed', 'stopped', 'lost')),
  reason TEXT NOT NULL DEFAULT '',
  verdicts TEXT NOT NULL DEFAULT '[]',
  summary TEXT NOT NULL DEFAULT '{}',
  started TEXT NOT NULL,
  ended TEXT
) STRICT;
CREATE INDEX run_lab ON run (lab, started);
CREATE INDEX run_started ON run (started);

-- Page text as one searches it. U+2010 stands for a hyphen at a line's end and nothing else (documents/pdf/extract.py): the
-- word it parts is indexed whole, while the text itself, which anchors count in, stays as it is.
CREATE VIEW page_healed AS
  SELECT seq, replace(replace(replace(text, '‐ ' || char(10), ''), '‐' || char(10), ''), '‐', '') AS text FROM page;
CREATE VIRTUAL TABLE page_text USING fts5 (
  text, content = 'page_healed', content_rowid = 'seq', tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
);
CREATE TRIGGER page_insert AFTER INSERT ON page BEGIN
  INSERT INTO page_text (rowid, text) SELECT seq, text FROM page_healed WHERE seq = new.seq;
END;
CREATE TRIGGER page_delete BEFORE DELETE ON page BEGIN
  INSERT INTO page_text (page_text, rowid, text) SELECT 'delete', seq, text FROM page_healed WHERE seq = old.seq;
END;
CREATE TRIGGER page_before_update BEFORE UPDATE OF text ON page BEGIN
  INSERT INTO page_text (page_text, rowid, text) SELECT 'delete', seq, text FROM page_healed WHERE seq = old.seq;
END;
CREATE TRIGGER page_update AFTER UPDATE OF text ON page BEGIN
  INSERT INTO page_text (rowid, text) SELECT seq, text FROM page_healed WHERE seq = new.seq;
END;

-- Only what is not deleted is indexed.
CREATE VIEW annotation_live AS SELECT seq, body, quote, tags FROM annotation WHERE deleted IS NULL;
CREATE VIRTUAL TABLE annotation_text USING fts5 (
  body, quote, tags, content = 'annotation_live', content_rowid = 'seq',
  tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
);
CREATE TRIGGER annotation_insert AFTER INSERT ON annotation WHEN new.deleted IS NULL BEGIN
  INSERT INTO annotation_text (rowid, body, quote, tags) VALUES (new.seq, new.body, new.quote, new.tags);
END;
CREATE TRIGGER annotation_delete AFTER DELETE ON annotation WHEN old.deleted IS NULL BEGIN
  INSERT INTO annotation_text (annotation_text, rowid, body, quote, tags)
  VALUES ('delete', old.seq, old.body, old.quote, old.tags);
END;
CREATE TRIGGER annotation_unindex BEFORE UPDATE OF body, quote, tags, deleted ON annotation
WHEN old.deleted IS NULL BEGIN
  INSERT INTO annotation_text (annotation_text, rowid, body, quote, tags)
  VALUES ('delete', old.seq, old.body, old.quote, old.tags);
END;
CREATE TRIGGER annotation_index AFTER UPDATE OF body, quote, tags, deleted ON annotation
WHEN new.deleted IS NULL BEGIN
  INSERT INTO annotation_text (rowid, body, quote, tags) VALUES (new.seq, new.body, new.quote, new.tags);
END;

CREATE VIEW note_live AS SELECT seq, title, body FROM note WHERE deleted IS NULL;
CREATE VIRTUAL TABLE note_text USING fts5 (
  title, body, content = 'note_live', content_rowid = 'seq',
  tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
);
CREATE TRIGGER note_insert AFTER INSERT ON note WHEN new.deleted IS NULL BEGIN
  INSERT INTO note_text (rowid, title, body) VALUES (new.seq, new.title, new.body);
END;
CREATE TRIGGER note_delete AFTER DELETE ON note WHEN old.deleted IS NULL BEGIN
  INSERT INTO note_text (note_text, rowid, title, body) VALUES ('delete', old.seq, old.title, old.body);
END;
CREATE TRIGGER note_unindex BEFORE UPDATE OF title, body, deleted ON note WHEN old.deleted IS NULL BEGIN
  INSERT INTO note_text (note_text, rowid, title, body) VALUES ('delete', old.seq, old.title, old.body);
END;
CREATE TRIGGER note_index AFTER UPDATE OF title, body, deleted ON note WHEN new.deleted IS NULL BEGIN
  INSERT INTO note_text (rowid, title, body) VALUES (new.seq, new.title, new.body);
END;
