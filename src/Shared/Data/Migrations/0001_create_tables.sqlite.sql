-- Every table of design section 6. Times are UTC text, yyyy-MM-ddTHH:mm:ss.fffZ, so that they sort as they read.
-- States are the names of the C# enums. row_version counts updates of rows that two writers may want at once.

-- One association that a peer opened with our listener, accepted or rejected.
CREATE TABLE association (
    id               TEXT    NOT NULL PRIMARY KEY,
    listener         TEXT    NOT NULL,
    calling_ae_title TEXT    NOT NULL,
    called_ae_title  TEXT    NOT NULL,
    remote_address   TEXT    NOT NULL,
    trace_id         TEXT    NOT NULL,
    started_at       TEXT    NOT NULL,
    ended_at         TEXT    NULL,
    end_kind         TEXT    NULL,
    end_reason       TEXT    NULL,
    instances_stored INTEGER NULL
) STRICT;
CREATE INDEX ix_association_open ON association (listener) WHERE ended_at IS NULL;
CREATE INDEX ix_association_started_at ON association (started_at);

CREATE TABLE study (
    id                   INTEGER NOT NULL PRIMARY KEY,
    study_instance_uid   TEXT    NOT NULL UNIQUE,
    patient_id           TEXT    NULL,
    issuer_of_patient_id TEXT    NULL,
    patient_name         TEXT    NULL,
    patient_birth_date   TEXT    NULL,
    patient_sex          TEXT    NULL,
    accession_number     TEXT    NULL,
    study_date           TEXT    NULL,
    study_time           TEXT    NULL,
    study_description    TEXT    NULL,
    institution_name     TEXT    NULL,
    calling_ae_title     TEXT    NOT NULL,
    first_received_at    TEXT    NOT NULL,
    last_received_at     TEXT    NOT NULL,
    trace_id             TEXT    NOT NULL
) STRICT;
CREATE INDEX ix_study_last_received_at ON study (last_received_at, id);

-- One object that we answered Success for. file_key is relative to the data directory and was named by us.
CREATE TABLE instance (
    id                  INTEGER NOT NULL PRIMARY KEY,
    study_id            INTEGER NOT NULL REFERENCES study (id),
    sop_instance_uid    TEXT    NOT NULL UNIQUE,
    sop_class_uid       TEXT    NOT NULL,
    series_instance_uid TEXT    NOT NULL,
    modality            TEXT    NULL,
    series_number       INTEGER NULL,
    instance_number     INTEGER NULL,
    number_of_frames    INTEGER NULL,
    transfer_syntax_uid TEXT    NOT NULL,
    file_key            TEXT    NULL UNIQUE,
    dataset_offset      INTEGER NOT NULL,
    dataset_length      INTEGER NOT NULL,
    dataset_sha256      TEXT    NOT NULL,
    origin              TEXT    NOT NULL CHECK (origin IN ('Peer', 'Own')),
    association_id      TEXT    NOT NULL REFERENCES association (id),
    received_at         TEXT    NOT NULL,
    expired_at          TEXT    NULL,
    trace_id            TEXT    NOT NULL,
    CHECK ((file_key IS NULL) = (expired_at IS NOT NULL))
) STRICT;
CREATE INDEX ix_instance_study_id ON instance (study_id);
CREATE INDEX ix_instance_association_id ON instance (association_id);

-- Bytes that came under a SOP Instance UID that was already taken by other bytes: kept aside, never in a study version.
CREATE TABLE instance_conflict (
    id                 INTEGER NOT NULL PRIMARY KEY,
    instance_id        INTEGER NOT NULL REFERENCES instance (id),
    study_instance_uid TEXT    NOT NULL,
    file_key           TEXT    NOT NULL UNIQUE,
    dataset_offset     INTEGER NOT NULL,
    dataset_length     INTEGER NOT NULL,
    dataset_sha256     TEXT    NOT NULL,
    association_id     TEXT    NOT NULL REFERENCES association (id),
    received_at        TEXT    NOT NULL,
    trace_id           TEXT    NOT NULL,
    UNIQUE (instance_id, dataset_sha256)
) STRICT;

-- A C-STORE that was answered with a failure: nothing of it was kept, the reason is.
CREATE TABLE refusal (
    id               INTEGER NOT NULL PRIMARY KEY,
    association_id   TEXT    NOT NULL REFERENCES association (id),
    sop_class_uid    TEXT    NOT NULL,
    sop_instance_uid TEXT    NOT NULL,
    status           INTEGER NOT NULL,
    reason           TEXT    NOT NULL,
    refused_at       TEXT    NOT NULL,
    trace_id         TEXT    NOT NULL
) STRICT;
CREATE INDEX ix_refusal_refused_at ON refusal (refused_at);

-- Open: still being received. Complete: the current version of its study. Superseded: a later version holds its instances too.
CREATE TABLE study_version (
    id                 INTEGER NOT NULL PRIMARY KEY,
    study_id           INTEGER NOT NULL REFERENCES study (id),
    version            INTEGER NOT NULL,
    state              TEXT    NOT NULL CHECK (state IN ('Open', 'Complete', 'Superseded')),
    opened_at          TEXT    NOT NULL,
    last_received_at   TEXT    NOT NULL,
    completed_at       TEXT    NULL,
    evidence           TEXT    NULL,
    instance_count     INTEGER NULL,
    cine_set_sha256    TEXT    NULL,
    inherits_from_id   INTEGER NULL REFERENCES study_version (id),
    hinted_at          TEXT    NULL,
    claimed_by         TEXT    NULL,
    claimed_until      TEXT    NULL,
    analysis_attempts  INTEGER NOT NULL DEFAULT 0,
    analysis_error     TEXT    NULL,
    analysis_parked_at TEXT    NULL,
    trace_id           TEXT    NOT NULL,
    row_version        INTEGER NOT NULL DEFAULT 0,
    UNIQUE (study_id, version)
) STRICT;
CREATE UNIQUE INDEX ux_study_version_open ON study_version (study_id) WHERE state = 'Open';
CREATE UNIQUE INDEX ux_study_version_complete ON study_version (study_id) WHERE state = 'Complete';
CREATE INDEX ix_study_version_open_quiet ON study_version (last_received_at) WHERE state = 'Open';

CREATE TABLE study_version_instance (
    study_version_id INTEGER NOT NULL REFERENCES study_version (id),
    instance_id      INTEGER NOT NULL REFERENCES instance (id),
    PRIMARY KEY (study_version_id, instance_id)
) STRICT;
CREATE INDEX ix_study_version_instance_instance_id ON study_version_instance (instance_id);

-- A cine decoded, masked and resampled once, for inference and for retraining, which never reads DICOM.
CREATE TABLE clip (
    id          INTEGER NOT NULL PRIMARY KEY,
    instance_id INTEGER NOT NULL REFERENCES instance (id),
    pipeline    TEXT    NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('Ready', 'Refused')),
    reason      TEXT    NULL,
    file_key    TEXT    NULL,
    sha256      TEXT    NULL,
    frames      INTEGER NULL,
    height      INTEGER NULL,
    width       INTEGER NULL,
    duration_ms REAL    NULL,
    created_at  TEXT    NOT NULL,
    trace_id    TEXT    NOT NULL,
    UNIQUE (instance_id, pipeline)
) STRICT;

CREATE TABLE schedule (
    id            INTEGER NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE,
    cron          TEXT    NOT NULL,
    time_zone     TEXT    NOT NULL,
    enabled       INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    training_plan TEXT    NOT NULL,
    changed_at    TEXT    NOT NULL,
    changed_by    TEXT    NOT NULL,
    row_version   INTEGER NOT NULL DEFAULT 0
) STRICT;

-- A firing of a schedule (unique on schedule and due time), or a run by hand (no schedule). Held by a lease with a fencing token.
CREATE TABLE training_run (
    id             INTEGER NOT NULL PRIMARY KEY,
    schedule_id    INTEGER NULL REFERENCES schedule (id),
    due_at         TEXT    NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('Waiting', 'Running', 'Succeeded', 'Failed', 'Cancelled')),
    training_plan  TEXT    NOT NULL,
    lease_owner    TEXT    NULL,
    lease_until    TEXT    NULL,
    fencing_token  INTEGER NOT NULL DEFAULT 0,
    checkpoint_key TEXT    NULL,
    progress       REAL    NULL,
    metrics        TEXT    NULL,
    error          TEXT    NULL,
    started_at     TEXT    NULL,
    finished_at    TEXT    NULL,
    trace_id       TEXT    NOT NULL,
    row_version    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX ux_training_run_due ON training_run (schedule_id, due_at) WHERE schedule_id IS NOT NULL;

CREATE TABLE model (
    id              INTEGER NOT NULL PRIMARY KEY,
    kind            TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    version         TEXT    NOT NULL,
    weights_sha256  TEXT    NOT NULL,
    manifest        TEXT    NOT NULL,
    folder          TEXT    NOT NULL,
    synthetic       INTEGER NOT NULL CHECK (synthetic IN (0, 1)),
    state           TEXT    NOT NULL CHECK (state IN ('Imported', 'Candidate', 'InService', 'Retired')),
    training_run_id INTEGER NULL REFERENCES training_run (id),
    imported_at     TEXT    NOT NULL,
    promoted_at     TEXT    NULL,
    promoted_by     TEXT    NULL,
    retired_at      TEXT    NULL,
    row_version     INTEGER NOT NULL DEFAULT 0,
    UNIQUE (kind, weights_sha256)
) STRICT;
CREATE UNIQUE INDEX ux_model_in_service ON model (kind) WHERE state = 'InService';

-- The first persisted analysis of (version, model) wins. details is what the report is built from, as JSON.
CREATE TABLE analysis (
    id               INTEGER NOT NULL PRIMARY KEY,
    study_version_id INTEGER NOT NULL REFERENCES study_version (id),
    model_id         INTEGER NOT NULL REFERENCES model (id),
    view_model_id    INTEGER NOT NULL REFERENCES model (id),
    state            TEXT    NOT NULL CHECK (state IN ('Analyzed', 'NotAnalyzed')),
    reason           TEXT    NULL,
    details          TEXT    NULL,
    started_at       TEXT    NOT NULL,
    finished_at      TEXT    NOT NULL,
    reported_at      TEXT    NULL,
    hinted_at        TEXT    NULL,
    trace_id         TEXT    NOT NULL,
    UNIQUE (study_version_id, model_id),
    CHECK (state = 'Analyzed' OR reason IS NOT NULL)
) STRICT;
CREATE INDEX ix_analysis_unreported ON analysis (finished_at) WHERE reported_at IS NULL;

-- What the view gate said of one cine, and whether the cine was used; reason says why not.
CREATE TABLE video_view (
    id          INTEGER NOT NULL PRIMARY KEY,
    analysis_id INTEGER NOT NULL REFERENCES analysis (id),
    instance_id INTEGER NOT NULL REFERENCES instance (id),
    view_label  TEXT    NULL,
    probability REAL    NULL,
    used        INTEGER NOT NULL CHECK (used IN (0, 1)),
    reason      TEXT    NULL,
    UNIQUE (analysis_id, instance_id)
) STRICT;

-- instance_id is null for the finding of the whole study, else the cine that gave it. probability is null when the model abstained.
CREATE TABLE finding (
    id          INTEGER NOT NULL PRIMARY KEY,
    analysis_id INTEGER NOT NULL REFERENCES analysis (id),
    instance_id INTEGER NULL REFERENCES instance (id),
    name        TEXT    NOT NULL,
    probability REAL    NULL,
    threshold   REAL    NULL,
    outcome     TEXT    NOT NULL CHECK (outcome IN ('Present', 'Absent', 'Abstained'))
) STRICT;
CREATE INDEX ix_finding_analysis_id ON finding (analysis_id);

CREATE TABLE result_object (
    id                  INTEGER NOT NULL PRIMARY KEY,
    analysis_id         INTEGER NOT NULL REFERENCES analysis (id),
    kind                TEXT    NOT NULL CHECK (kind IN ('StructuredReport', 'SaliencyCine', 'TextReport')),
    sop_class_uid       TEXT    NOT NULL,
    sop_instance_uid    TEXT    NOT NULL UNIQUE,
    series_instance_uid TEXT    NOT NULL,
    file_key            TEXT    NOT NULL UNIQUE,
    sha256              TEXT    NOT NULL,
    length              INTEGER NOT NULL,
    created_at          TEXT    NOT NULL,
    trace_id            TEXT    NOT NULL
) STRICT;
CREATE INDEX ix_result_object_analysis_id ON result_object (analysis_id);
CREATE INDEX ix_result_object_series_instance_uid ON result_object (series_instance_uid);

CREATE TABLE delivery (
    id                         INTEGER NOT NULL PRIMARY KEY,
    analysis_id                INTEGER NOT NULL REFERENCES analysis (id),
    destination                TEXT    NOT NULL,
    state                      TEXT    NOT NULL CHECK (state IN ('Held', 'Waiting', 'Sending', 'Sent', 'CommitmentRequested', 'Confirmed', 'Parked', 'Dropped')),
    attempts                   INTEGER NOT NULL DEFAULT 0,
    next_attempt_at            TEXT    NULL,
    claimed_by                 TEXT    NULL,
    claimed_until              TEXT    NULL,
    sent_at                    TEXT    NULL,
    commitment_transaction_uid TEXT    NULL UNIQUE,
    commitment_attempts        INTEGER NOT NULL DEFAULT 0,
    commitment_requested_at    TEXT    NULL,
    confirmed_at               TEXT    NULL,
    confirmed_by               TEXT    NULL,
    reason                     TEXT    NULL,
    created_at                 TEXT    NOT NULL,
    updated_at                 TEXT    NOT NULL,
    hinted_at                  TEXT    NULL,
    trace_id                   TEXT    NOT NULL,
    row_version                INTEGER NOT NULL DEFAULT 0,
    UNIQUE (analysis_id, destination)
) STRICT;
CREATE INDEX ix_delivery_unfinished ON delivery (next_attempt_at) WHERE state IN ('Waiting', 'Sending', 'Sent', 'CommitmentRequested');
CREATE INDEX ix_delivery_parked ON delivery (updated_at) WHERE state = 'Parked';

-- One result object on its way to one destination, in the order of sending: the saliency cine before the report that points to it.
CREATE TABLE delivery_object (
    delivery_id      INTEGER NOT NULL REFERENCES delivery (id),
    result_object_id INTEGER NOT NULL REFERENCES result_object (id),
    send_order       INTEGER NOT NULL,
    status           INTEGER NULL,
    sent_at          TEXT    NULL,
    confirmed_at     TEXT    NULL,
    failure_reason   INTEGER NULL,
    PRIMARY KEY (delivery_id, result_object_id)
) STRICT;

-- Every transaction UID that a commitment was ever requested with: reports come late, and after a retry.
CREATE TABLE commitment_request (
    transaction_uid TEXT    NOT NULL PRIMARY KEY,
    delivery_id     INTEGER NOT NULL REFERENCES delivery (id),
    requested_at    TEXT    NOT NULL
) STRICT;

CREATE TABLE commitment_report (
    id              INTEGER NOT NULL PRIMARY KEY,
    transaction_uid TEXT    NOT NULL REFERENCES commitment_request (transaction_uid),
    received_at     TEXT    NOT NULL,
    handled_at      TEXT    NULL,
    hinted_at       TEXT    NULL,
    trace_id        TEXT    NOT NULL
) STRICT;
CREATE INDEX ix_commitment_report_transaction_uid ON commitment_report (transaction_uid);
CREATE INDEX ix_commitment_report_unhandled ON commitment_report (received_at) WHERE handled_at IS NULL;

-- failure_reason is null for a committed object, else the PACS's Failure Reason (0008,1197).
CREATE TABLE commitment_report_object (
    commitment_report_id INTEGER NOT NULL REFERENCES commitment_report (id),
    sop_class_uid        TEXT    NOT NULL,
    sop_instance_uid     TEXT    NOT NULL,
    failure_reason       INTEGER NULL,
    PRIMARY KEY (commitment_report_id, sop_instance_uid)
) STRICT;

-- A reader's word on a study; saw_ai says whether the finding was on the screen when it was given.
CREATE TABLE label (
    id               INTEGER NOT NULL PRIMARY KEY,
    study_id         INTEGER NOT NULL REFERENCES study (id),
    study_version_id INTEGER NULL REFERENCES study_version (id),
    name             TEXT    NOT NULL,
    value            TEXT    NOT NULL,
    reader           TEXT    NOT NULL,
    source           TEXT    NOT NULL,
    saw_ai           INTEGER NOT NULL CHECK (saw_ai IN (0, 1)),
    created_at       TEXT    NOT NULL,
    trace_id         TEXT    NOT NULL
) STRICT;
CREATE INDEX ix_label_study_id ON label (study_id);
