-- What a PACS answered when it was asked how many instances an open study version should have. row_version is the version's when the answer was
-- asked for, -1 before the first: a later instance makes it old. instances and missing are null where the answer could not be used.
CREATE TABLE pacs_count (
    study_version_id INTEGER NOT NULL PRIMARY KEY REFERENCES study_version (id),
    ae_title         TEXT    NOT NULL,
    asked_at         TEXT    NOT NULL,
    row_version      INTEGER NOT NULL,
    instances        INTEGER NULL,
    missing          INTEGER NULL,
    answer           TEXT    NOT NULL,
    fetches          INTEGER NOT NULL DEFAULT 0,
    fetched          TEXT    NULL
) STRICT;
