-- One word about a study to one system outside (HL7 v2, FHIR): raised in the transaction that makes it true, then brought like a delivery.
-- result_object_id: the report that it speaks of. tried_at: the first sending; the receiver may know since then, whatever became of it.
CREATE TABLE signal (
    id               INTEGER NOT NULL PRIMARY KEY,
    study_id         INTEGER NOT NULL REFERENCES study (id),
    analysis_id      INTEGER NOT NULL REFERENCES analysis (id),
    result_object_id INTEGER NOT NULL REFERENCES result_object (id),
    target           TEXT    NOT NULL,
    kind             TEXT    NOT NULL CHECK (kind IN ('Findings', 'NotAnalyzed', 'Withdrawal')),
    state            TEXT    NOT NULL CHECK (state IN ('Waiting', 'Sending', 'Sent', 'Parked', 'Dropped')),
    attempts         INTEGER NOT NULL DEFAULT 0,
    tried_at         TEXT    NULL,
    next_attempt_at  TEXT    NULL,
    claimed_by       TEXT    NULL,
    claimed_until    TEXT    NULL,
    sent_at          TEXT    NULL,
    reason           TEXT    NULL,
    created_at       TEXT    NOT NULL,
    updated_at       TEXT    NOT NULL,
    trace_id         TEXT    NOT NULL,
    row_version      INTEGER NOT NULL DEFAULT 0,
    UNIQUE (analysis_id, target, kind)
) STRICT;
CREATE INDEX ix_signal_unfinished ON signal (next_attempt_at) WHERE state IN ('Waiting', 'Sending');
CREATE INDEX ix_signal_parked ON signal (updated_at) WHERE state = 'Parked';
CREATE INDEX ix_signal_study_target ON signal (study_id, target);
