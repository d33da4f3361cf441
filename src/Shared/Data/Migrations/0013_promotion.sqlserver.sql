-- Where a model comes from. cohort_sha256 names the clips it learned from; metrics is JSON, measured on patients of neither training nor validation.
ALTER TABLE model ADD parent_id bigint NULL REFERENCES model (id);
ALTER TABLE model ADD cohort_sha256 nvarchar(64) COLLATE Latin1_General_100_BIN2 NULL;
ALTER TABLE model ADD recipe nvarchar(2000) NULL;
ALTER TABLE model ADD code_version nvarchar(100) NULL;
ALTER TABLE model ADD seed bigint NULL;
ALTER TABLE model ADD metrics nvarchar(max) NULL;
ALTER TABLE model ADD promotion_reason nvarchar(2000) NULL;
ALTER TABLE model ADD rolled_back_at datetimeoffset(3) NULL;
-- Since when it has passed the gate and scores live studies beside the model in service; null where it does not.
ALTER TABLE model ADD shadow_since datetimeoffset(3) NULL;

-- What the gate said of a model, every time it was asked. against_id is the model that served then.
CREATE TABLE model_verdict (
    id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
    model_id bigint NOT NULL REFERENCES model (id),
    against_id bigint NOT NULL REFERENCES model (id),
    passed bit NOT NULL,
    reason nvarchar(2000) NOT NULL,
    details nvarchar(max) NOT NULL,
    label_set_sha256 nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    judged_at datetimeoffset(3) NOT NULL,
    judged_by nvarchar(200) NOT NULL
);
CREATE INDEX ix_model_verdict_model_id ON model_verdict (model_id);

-- A live study that a model in its shadow period reads after the study's own analysis. The attempt is counted before the work begins. Nothing of it is ever reported.
CREATE TABLE shadow_study (
    model_id bigint NOT NULL REFERENCES model (id),
    analysis_id bigint NOT NULL REFERENCES analysis (id),
    attempts int NOT NULL,
    state nvarchar(32) COLLATE Latin1_General_100_BIN2 NULL CHECK (state IN ('Analyzed', 'NotAnalyzed')),
    error nvarchar(2000) NULL,
    read_at datetimeoffset(3) NOT NULL,
    PRIMARY KEY (model_id, analysis_id)
);

CREATE TABLE shadow_score (
    model_id bigint NOT NULL REFERENCES model (id),
    analysis_id bigint NOT NULL REFERENCES analysis (id),
    name nvarchar(200) NOT NULL,
    probability float NULL,
    threshold float NULL,
    outcome nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL CHECK (outcome IN ('Present', 'Absent', 'Abstained')),
    PRIMARY KEY (model_id, analysis_id, name)
);
