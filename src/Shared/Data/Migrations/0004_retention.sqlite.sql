-- The last arrival of anything of the study, also of what was there already: a study that is being sent again keeps its pixels.
ALTER TABLE study ADD COLUMN last_arrival_at TEXT NULL;

-- A saliency cine that a PACS holds gives up its file with its study's; the report stays. file_key keeps the name that it had.
ALTER TABLE result_object ADD COLUMN expired_at TEXT NULL;

-- What a person should know now; a row goes when its cause has gone.
CREATE TABLE health_warning (
    subject   TEXT NOT NULL PRIMARY KEY,
    detail    TEXT NOT NULL,
    raised_at TEXT NOT NULL
) STRICT;

CREATE INDEX ix_instance_conflict_association_id ON instance_conflict (association_id);
CREATE INDEX ix_refusal_association_id ON refusal (association_id);
CREATE INDEX ix_association_calling_ae_title ON association (calling_ae_title, started_at);
