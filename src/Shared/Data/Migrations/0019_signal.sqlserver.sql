-- One word about a study to one system outside (HL7 v2, FHIR): raised in the transaction that makes it true, then brought like a delivery.
-- result_object_id: the report that it speaks of. tried_at: the first sending; the receiver may know since then, whatever became of it.
CREATE TABLE signal (
    id               bigint            NOT NULL IDENTITY PRIMARY KEY,
    study_id         bigint            NOT NULL REFERENCES study (id),
    analysis_id      bigint            NOT NULL REFERENCES analysis (id),
    result_object_id bigint            NOT NULL REFERENCES result_object (id),
    target           nvarchar(200)     COLLATE Latin1_General_100_BIN2 NOT NULL,
    kind             nvarchar(32)      COLLATE Latin1_General_100_BIN2 NOT NULL CHECK (kind IN ('Findings', 'NotAnalyzed', 'Withdrawal')),
    state            nvarchar(32)      COLLATE Latin1_General_100_BIN2 NOT NULL CHECK (state IN ('Waiting', 'Sending', 'Sent', 'Parked', 'Dropped')),
    attempts         int               NOT NULL DEFAULT 0,
    tried_at         datetimeoffset(3) NULL,
    next_attempt_at  datetimeoffset(3) NULL,
    claimed_by       nvarchar(200)     NULL,
    claimed_until    datetimeoffset(3) NULL,
    sent_at          datetimeoffset(3) NULL,
    reason           nvarchar(2000)    NULL,
    created_at       datetimeoffset(3) NOT NULL,
    updated_at       datetimeoffset(3) NOT NULL,
    trace_id         nvarchar(32)      COLLATE Latin1_General_100_BIN2 NOT NULL,
    row_version      int               NOT NULL DEFAULT 0,
    UNIQUE (analysis_id, target, kind)
);
CREATE INDEX ix_signal_unfinished ON signal (next_attempt_at) WHERE state IN ('Waiting', 'Sending');
CREATE INDEX ix_signal_parked ON signal (updated_at) WHERE state = 'Parked';
CREATE INDEX ix_signal_study_target ON signal (study_id, target);
