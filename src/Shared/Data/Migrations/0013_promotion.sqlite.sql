-- Where a model comes from. cohort_sha256 names the clips it learned from; metrics is JSON, measured on patients of neither training nor validation.
ALTER TABLE model ADD COLUMN parent_id INTEGER NULL REFERENCES model (id);
ALTER TABLE model ADD COLUMN cohort_sha256 TEXT NULL;
ALTER TABLE model ADD COLUMN recipe TEXT NULL;
ALTER TABLE model ADD COLUMN code_version TEXT NULL;
ALTER TABLE model ADD COLUMN seed INTEGER NULL;
ALTER TABLE model ADD COLUMN metrics TEXT NULL;
ALTER TABLE model ADD COLUMN promotion_reason TEXT NULL;
ALTER TABLE model ADD COLUMN rolled_back_at TEXT NULL;
-- Since when it has passed the gate and scores live studies beside the model in service; null where it does not.
ALTER TABLE model ADD COLUMN shadow_since TEXT NULL;

-- What the gate said of a model, every time it was asked. against_id is the model that served then.
CREATE TABLE model_verdict (
    id               INTEGER NOT NULL PRIMARY KEY,
    model_id         INTEGER NOT NULL REFERENCES model (id),
    against_id       INTEGER NOT NULL REFERENCES model (id),
    passed           INTEGER NOT NULL CHECK (passed IN (0, 1)),
    reason           TEXT    NOT NULL,
    details          TEXT    NOT NULL,
    label_set_sha256 TEXT    NOT NULL,
    judged_at        TEXT    NOT NULL,
    judged_by        TEXT    NOT NULL
) STRICT;
CREATE INDEX ix_model_verdict_model_id ON model_verdict (model_id);

-- A live study that a model in its shadow period reads after the study's own analysis. The attempt is counted before the work begins. Nothing of it is ever reported.
CREATE TABLE shadow_study (
    model_id    INTEGER NOT NULL REFERENCES model (id),
    analysis_id INTEGER NOT NULL REFERENCES analysis (id),
    attempts    INTEGER NOT NULL,
    state       TEXT    NULL CHECK (state IN ('Analyzed', 'NotAnalyzed')),
    error       TEXT    NULL,
    read_at     TEXT    NOT NULL,
    PRIMARY KEY (model_id, analysis_id)
) STRICT;

CREATE TABLE shadow_score (
    model_id    INTEGER NOT NULL REFERENCES model (id),
    analysis_id INTEGER NOT NULL REFERENCES analysis (id),
    name        TEXT    NOT NULL,
    probability REAL    NULL,
    threshold   REAL    NULL,
    outcome     TEXT    NOT NULL CHECK (outcome IN ('Present', 'Absent', 'Abstained')),
    PRIMARY KEY (model_id, analysis_id, name)
) STRICT;
