-- What the reader came to know besides a page's words: links, web pages as documents, marks, flash cards, videos and
-- moments of them, and what each address gave when it was last asked.

-- A column's CHECK cannot be changed, but goes with its column: "html" joins the formats.
ALTER TABLE document ADD COLUMN sort TEXT NOT NULL DEFAULT 'pdf' CHECK (sort IN ('pdf', 'html', 'markdown', 'text'));
UPDATE document SET sort = format;
ALTER TABLE document DROP COLUMN format;
ALTER TABLE document RENAME COLUMN sort TO format;

-- The links on a page, encoded; see `Link` in library/documents.py.
ALTER TABLE page ADD COLUMN links BLOB NOT NULL DEFAULT x'';

-- A moment of a video, in seconds from its beginning, that an annotation is about.
ALTER TABLE annotation ADD COLUMN second REAL;

-- Page numbers mean something only in the document they were counted in; null for sessions from before this.
ALTER TABLE session ADD COLUMN document TEXT;

-- See `Passage` in library/passages.py; empty for a note that begins with none.
ALTER TABLE note ADD COLUMN passage TEXT NOT NULL DEFAULT '';

-- Where a video was left, and which file it is watched from.
CREATE TABLE video (
  reading TEXT PRIMARY KEY,
  file TEXT NOT NULL DEFAULT '',                    -- on the student's disk, looked at where it lies
  position REAL,                                    -- seconds from its beginning
  length REAL,                                      -- seconds, as the player told it
  updated TEXT NOT NULL
) STRICT;

-- Places the student named with a letter.
CREATE TABLE mark (
  reading TEXT NOT NULL,
  name TEXT NOT NULL CHECK (length(name) = 1),
  page INTEGER NOT NULL,                            -- from 1
  place INTEGER NOT NULL,                           -- the character on that page
  quote TEXT NOT NULL DEFAULT '',                   -- the words there, to tell marks apart
  updated TEXT NOT NULL,
  PRIMARY KEY (reading, name)
) STRICT;

CREATE TABLE card (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  reading TEXT NOT NULL,
  front TEXT NOT NULL,
  back TEXT NOT NULL DEFAULT '',
  document TEXT,                                    -- the passage it was made from, anchored as an annotation is
  extractor TEXT NOT NULL DEFAULT '',
  page INTEGER,
  start INTEGER,
  "end" INTEGER,
  quote TEXT NOT NULL DEFAULT '',
  prefix TEXT NOT NULL DEFAULT '',
  suffix TEXT NOT NULL DEFAULT '',
  memory TEXT NOT NULL DEFAULT '{}',                -- what the scheduler keeps of it
  due TEXT NOT NULL,                                -- when it should be asked next
  created TEXT NOT NULL,
  updated TEXT NOT NULL,
  deleted TEXT
) STRICT;
CREATE INDEX card_due ON card (due) WHERE deleted IS NULL;
CREATE INDEX card_reading ON card (reading) WHERE deleted IS NULL;
CREATE VIEW card_live AS SELECT seq, front, back FROM card WHERE deleted IS NULL;
CREATE VIRTUAL TABLE card_text USING fts5 (
  front, back, content = 'card_live', content_rowid = 'seq',
  tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
);
CREATE TRIGGER card_insert AFTER INSERT ON card WHEN new.deleted IS NULL BEGIN
  INSERT INTO card_text (rowid, front, back) VALUES (new.seq, new.front, new.back);
END;
CREATE TRIGGER card_delete AFTER DELETE ON card WHEN old.deleted IS NULL BEGIN
  INSERT INTO card_text (card_text, rowid, front, back) VALUES ('delete', old.seq, old.front, old.back);
END;
CREATE TRIGGER card_unindex BEFORE UPDATE OF front, back, deleted ON card WHEN old.deleted IS NULL BEGIN
  INSERT INTO card_text (card_text, rowid, front, back) VALUES ('delete', old.seq, old.front, old.back);
END;
CREATE TRIGGER card_index AFTER UPDATE OF front, back, deleted ON card WHEN new.deleted IS NULL BEGIN
  INSERT INTO card_text (rowid, front, back) VALUES (new.seq, new.front, new.back);
END;

-- What an address gave when it was last asked, so that nothing is fetched twice and what changed is noticed.
CREATE TABLE download (
  reading TEXT NOT NULL,
  address TEXT NOT NULL,
  outcome TEXT NOT NULL,                            -- "kept", or why it was not: see documents/fetching/outcome.py
  detail TEXT NOT NULL DEFAULT '',
  etag TEXT NOT NULL DEFAULT '',
  modified TEXT NOT NULL DEFAULT '',                -- the server's Last-Modified
  document TEXT,                                    -- the bytes it gave, by their SHA-256
  asked TEXT NOT NULL,
  since TEXT NOT NULL,                              -- when it gave this outcome for the first time in a row
  again TEXT NOT NULL DEFAULT '',                   -- when the server lets us ask again
  PRIMARY KEY (reading, address)
) STRICT;
CREATE INDEX download_address ON download (address) WHERE outcome = 'kept';
