-- Where a video was left and which file it is watched from, the document whose pages a session counts, the passage a
-- note begins with, and flash cards found by their words.

CREATE TABLE video (
  reading TEXT PRIMARY KEY,
  file TEXT NOT NULL DEFAULT '',                    -- on the student's disk, looked at where it lies
  position REAL,                                    -- seconds from its beginning
  length REAL,                                      -- seconds, as the player told it
  updated TEXT NOT NULL
) STRICT;

-- Page numbers mean something only in the document they were counted in; null for sessions from before this.
ALTER TABLE session ADD COLUMN document TEXT;

-- See `Passage` in library/passages.py; empty for a note that begins with none.
ALTER TABLE note ADD COLUMN passage TEXT NOT NULL DEFAULT '';

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
