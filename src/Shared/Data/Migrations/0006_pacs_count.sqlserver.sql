-- What a PACS answered when it was asked how many instances an open study version should have. row_version is the version's when the answer was
-- asked for, -1 before the first: a later instance makes it old. instances and missing are null where the answer could not be used.
CREATE TABLE pacs_count (
    study_version_id bigint NOT NULL PRIMARY KEY REFERENCES study_version (id),
    ae_title nvarchar(64) NOT NULL,
    asked_at datetimeoffset(3) NOT NULL,
    row_version int NOT NULL,
    instances int NULL,
    missing int NULL,
    answer nvarchar(2000) NOT NULL,
    fetches int NOT NULL DEFAULT 0,
    fetched nvarchar(2000) NULL
);
