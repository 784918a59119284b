-- What came from the annotations inside a PDF: as that file last said it, so that what changed there is told from what she
-- changed here.
CREATE TABLE pdf_mark (
  annotation TEXT PRIMARY KEY,
  digest TEXT NOT NULL,                             -- of all that the file said of it
  colour TEXT NOT NULL DEFAULT '',                  -- its own, #rrggbb, of which only the nearest of ours is shown
  taken TEXT NOT NULL                               -- when: what was changed here later is hers
) STRICT;
