-- Storage commitment that senders asked us for (PS3.4 Annex J): a row from the accepted N-ACTION until the report is taken, kept for a while after.
CREATE TABLE sender_commitment (
    id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
    calling_ae_title nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    transaction_uid nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    state nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL CHECK (state IN ('Waiting', 'Reported', 'Parked')),
    attempts int NOT NULL,
    requested_at datetimeoffset(3) NOT NULL,
    next_attempt_at datetimeoffset(3) NULL,
    reported_at datetimeoffset(3) NULL,
    committed int NULL,
    failed int NULL,
    reason nvarchar(2000) NULL,
    trace_id nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
    UNIQUE (calling_ae_title, transaction_uid)
);
CREATE INDEX ix_sender_commitment_due ON sender_commitment (next_attempt_at) WHERE state = 'Waiting';

-- failure_reason is our Failure Reason (0008,1197), null for an object that is committed to or was not looked at yet.
CREATE TABLE sender_commitment_object (
    sender_commitment_id bigint NOT NULL REFERENCES sender_commitment (id),
    sop_instance_uid nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    sop_class_uid nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    failure_reason int NULL,
    PRIMARY KEY (sender_commitment_id, sop_instance_uid)
);
