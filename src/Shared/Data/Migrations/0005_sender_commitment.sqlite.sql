-- Storage commitment that senders asked us for (PS3.4 Annex J): a row from the accepted N-ACTION until the report is taken, kept for a while after.
CREATE TABLE sender_commitment (
    id               INTEGER NOT NULL PRIMARY KEY,
    calling_ae_title TEXT    NOT NULL,
    transaction_uid  TEXT    NOT NULL,
    state            TEXT    NOT NULL CHECK (state IN ('Waiting', 'Reported', 'Parked')),
    attempts         INTEGER NOT NULL,
    requested_at     TEXT    NOT NULL,
    next_attempt_at  TEXT    NULL,
    reported_at      TEXT    NULL,
    committed        INTEGER NULL,
    failed           INTEGER NULL,
    reason           TEXT    NULL,
    trace_id         TEXT    NOT NULL,
    UNIQUE (calling_ae_title, transaction_uid)
) STRICT;
CREATE INDEX ix_sender_commitment_due ON sender_commitment (next_attempt_at) WHERE state = 'Waiting';

-- failure_reason is our Failure Reason (0008,1197), null for an object that is committed to or was not looked at yet.
CREATE TABLE sender_commitment_object (
    sender_commitment_id INTEGER NOT NULL REFERENCES sender_commitment (id),
    sop_instance_uid     TEXT    NOT NULL,
    sop_class_uid        TEXT    NOT NULL,
    failure_reason       INTEGER NULL,
    PRIMARY KEY (sender_commitment_id, sop_instance_uid)
) STRICT;
