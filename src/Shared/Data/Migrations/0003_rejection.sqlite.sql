-- What a PACS rejected by a Key Object Selection (IHE RAD, Imaging Object Change Management): one row an object that a note names, whether it is here or not.
CREATE TABLE rejection (
    id                 INTEGER NOT NULL PRIMARY KEY,
    note_instance_id   INTEGER NOT NULL REFERENCES instance (id),
    code               TEXT    NOT NULL,
    study_instance_uid TEXT    NOT NULL,
    sop_instance_uid   TEXT    NOT NULL,
    received_at        TEXT    NOT NULL,
    trace_id           TEXT    NOT NULL,
    UNIQUE (note_instance_id, study_instance_uid, sop_instance_uid)
) STRICT;
CREATE INDEX ix_rejection_sop_instance_uid ON rejection (sop_instance_uid);
