-- The last arrival of anything of the study, also of what was there already: a study that is being sent again keeps its pixels.
ALTER TABLE study ADD last_arrival_at datetimeoffset(3) NULL;

-- A saliency cine that a PACS holds gives up its file with its study's; the report stays. file_key keeps the name that it had.
ALTER TABLE result_object ADD expired_at datetimeoffset(3) NULL;

-- What a person should know now; a row goes when its cause has gone.
CREATE TABLE health_warning (
    subject   nvarchar(200)     NOT NULL PRIMARY KEY,
    detail    nvarchar(1000)    NOT NULL,
    raised_at datetimeoffset(3) NOT NULL
);

CREATE INDEX ix_instance_conflict_association_id ON instance_conflict (association_id);
CREATE INDEX ix_refusal_association_id ON refusal (association_id);
CREATE INDEX ix_association_calling_ae_title ON association (calling_ae_title, started_at);
