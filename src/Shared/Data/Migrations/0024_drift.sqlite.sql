-- What reading a cine computed anyway, compact, so that studies that come now can be compared with those that came before. Nothing in it names a patient. scanner is manufacturer and model as
-- the header says; brightness and contrast are of the clip that the view gate read; embedding is the gate's pooled features, 16-bit floats, comparable within one view model only.
CREATE TABLE cine_measure (
    instance_id    INTEGER NOT NULL REFERENCES instance (id),
    view_model_id  INTEGER NOT NULL REFERENCES model (id),
    measured_at    TEXT    NOT NULL,
    view_label     TEXT    NOT NULL,
    scanner        TEXT    NOT NULL,
    brightness     REAL    NOT NULL,
    contrast       REAL    NOT NULL,
    sector_shape   REAL    NOT NULL,
    picture_share  REAL    NOT NULL,
    frame_ms       REAL    NOT NULL,
    embedding      BLOB    NOT NULL,
    PRIMARY KEY (instance_id, view_model_id)
) STRICT;
CREATE INDEX ix_cine_measure_measured_at ON cine_measure (view_model_id, measured_at);

-- One comparison of the senders' studies with what came before, of whichever process claimed it.
CREATE TABLE drift_check (
    id            INTEGER NOT NULL PRIMARY KEY,
    due_at        TEXT    NOT NULL UNIQUE,
    claimed_by    TEXT    NOT NULL,
    claimed_until TEXT    NOT NULL,
    finished_at   TEXT    NULL
) STRICT;

-- One measure of one sender. effect and p_value are null where there was too little to compare, and detail says so.
CREATE TABLE drift_result (
    check_id          INTEGER NOT NULL REFERENCES drift_check (id),
    sender            TEXT    NOT NULL,
    measure           TEXT    NOT NULL,
    reference_studies INTEGER NOT NULL,
    current_studies   INTEGER NOT NULL,
    effect            REAL    NULL,
    p_value           REAL    NULL,
    changed           INTEGER NOT NULL CHECK (changed IN (0, 1)),
    detail            TEXT    NOT NULL,
    PRIMARY KEY (check_id, sender, measure)
) STRICT;
