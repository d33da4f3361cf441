-- What a PACS rejected by a Key Object Selection (IHE RAD, Imaging Object Change Management): one row an object that a note names, whether it is here or not.
CREATE TABLE rejection (
    id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
    note_instance_id bigint NOT NULL REFERENCES instance (id),
    code nvarchar(16) NOT NULL,
    study_instance_uid nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    sop_instance_uid nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    received_at datetimeoffset(3) NOT NULL,
    trace_id nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
    UNIQUE (note_instance_id, study_instance_uid, sop_instance_uid)
);
CREATE INDEX ix_rejection_sop_instance_uid ON rejection (sop_instance_uid);
