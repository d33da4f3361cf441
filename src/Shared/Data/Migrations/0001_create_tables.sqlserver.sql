-- Every table of design section 6. Times are UTC, to the millisecond; texts of peers are Unicode, keys compare by their bytes.
-- States are the names of the C# enums. row_version counts updates of rows that two writers may want at once.

-- One association that a peer opened with our listener, accepted or rejected.
CREATE TABLE association (
    id nvarchar(36) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
    listener nvarchar(128) NOT NULL,
    calling_ae_title nvarchar(64) NOT NULL,
    called_ae_title nvarchar(64) NOT NULL,
    remote_address nvarchar(64) NOT NULL,
    trace_id nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
    started_at datetimeoffset(3) NOT NULL,
    ended_at datetimeoffset(3) NULL,
    end_kind nvarchar(32) COLLATE Latin1_General_100_BIN2 NULL,
    end_reason nvarchar(400) NULL,
    instances_stored int NULL
);
CREATE INDEX ix_association_open ON association (listener) WHERE ended_at IS NULL;
CREATE INDEX ix_association_started_at ON association (started_at);

CREATE TABLE study (
    id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
    study_instance_uid nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL UNIQUE,
    patient_id nvarchar(400) NULL,
    issuer_of_patient_id nvarchar(400) NULL,
    patient_name nvarchar(400) NULL,
    patient_birth_date nvarchar(400) NULL,
    patient_sex nvarchar(400) NULL,
    accession_number nvarchar(400) NULL,
    study_date nvarchar(400) NULL,
    study_time nvarchar(400) NULL,
    study_description nvarchar(400) NULL,
    institution_name nvarchar(400) NULL,
    calling_ae_title nvarchar(64) NOT NULL,
    first_received_at datetimeoffset(3) NOT NULL,
    last_received_at datetimeoffset(3) NOT NULL,
    trace_id nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL
);
CREATE INDEX ix_study_last_received_at ON study (last_received_at, id);

-- One object that we answered Success for. file_key is relative to the data directory and was named by us.
CREATE TABLE instance (
    id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
    study_id bigint NOT NULL REFERENCES study (id),
    sop_instance_uid nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL UNIQUE,
    sop_class_uid nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    series_instance_uid nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    modality nvarchar(400) NULL,
    series_number int NULL,
    instance_number int NULL,
    number_of_frames int NULL,
    transfer_syntax_uid nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    file_key nvarchar(200) COLLATE Latin1_General_100_BIN2 NULL,
    dataset_offset bigint NOT NULL,
    dataset_length bigint NOT NULL,
    dataset_sha256 nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    origin nvarchar(16) COLLATE Latin1_General_100_BIN2 NOT NULL CHECK (origin IN ('Peer', 'Own')),
    association_id nvarchar(36) COLLATE Latin1_General_100_BIN2 NOT NULL REFERENCES association (id),
    received_at datetimeoffset(3) NOT NULL,
    expired_at datetimeoffset(3) NULL,
    trace_id nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CHECK ((file_key IS NULL AND expired_at IS NOT NULL) OR (file_key IS NOT NULL AND expired_at IS NULL))
);
-- A UNIQUE constraint of SQL Server lets in one null only.
CREATE UNIQUE INDEX ux_instance_file_key ON instance (file_key) WHERE file_key IS NOT NULL;
CREATE INDEX ix_instance_study_id ON instance (study_id);
CREATE INDEX ix_instance_association_id ON instance (association_id);

-- Bytes that came under a SOP Instance UID that was already taken by other bytes: kept aside, never in a study version.
CREATE TABLE instance_conflict (
    id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
    instance_id bigint NOT NULL REFERENCES instance (id),
    study_instance_uid nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    file_key nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL UNIQUE,
    dataset_offset bigint NOT NULL,
    dataset_length bigint NOT NULL,
    dataset_sha256 nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    association_id nvarchar(36) COLLATE Latin1_General_100_BIN2 NOT NULL REFERENCES association (id),
    received_at datetimeoffset(3) NOT NULL,
    trace_id nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
    UNIQUE (instance_id, dataset_sha256)
);

-- A C-STORE that was answered with a failure: nothing of it was kept, the reason is.
CREATE TABLE refusal (
    id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
    association_id nvarchar(36) COLLATE Latin1_General_100_BIN2 NOT NULL REFERENCES association (id),
    sop_class_uid nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    sop_instance_uid nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    status int NOT NULL,
    reason nvarchar(2000) NOT NULL,
    refused_at datetimeoffset(3) NOT NULL,
    trace_id nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL
);
CREATE INDEX ix_refusal_refused_at ON refusal (refused_at);

-- Open: still being received. Complete: the current version of its study. Superseded: a later version holds its instances too.
CREATE TABLE study_version (
    id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
    study_id bigint NOT NULL REFERENCES study (id),
    version int NOT NULL,
    state nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL CHECK (state IN ('Open', 'Complete', 'Superseded')),
    opened_at datetimeoffset(3) NOT NULL,
    last_received_at datetimeoffset(3) NOT NULL,
    completed_at datetimeoffset(3) NULL,
    evidence nvarchar(max) NULL,
    instance_count int NULL,
    cine_set_sha256 nvarchar(64) COLLATE Latin1_General_100_BIN2 NULL,
    inherits_from_id bigint NULL REFERENCES study_version (id),
    hinted_at datetimeoffset(3) NULL,
    claimed_by nvarchar(200) NULL,
    claimed_until datetimeoffset(3) NULL,
    analysis_attempts int NOT NULL DEFAULT 0,
    analysis_error nvarchar(2000) NULL,
    analysis_parked_at datetimeoffset(3) NULL,
    trace_id nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
    row_version int NOT NULL DEFAULT 0,
    UNIQUE (study_id, version)
);
CREATE UNIQUE INDEX ux_study_version_open ON study_version (study_id) WHERE state = 'Open';
CREATE UNIQUE INDEX ux_study_version_complete ON study_version (study_id) WHERE state = 'Complete';
CREATE INDEX ix_study_version_open_quiet ON study_version (last_received_at) WHERE state = 'Open';

CREATE TABLE study_version_instance (
    study_version_id bigint NOT NULL REFERENCES study_version (id),
    instance_id bigint NOT NULL REFERENCES instance (id),
    PRIMARY KEY (study_version_id, instance_id)
);
CREATE INDEX ix_study_version_instance_instance_id ON study_version_instance (instance_id);

-- A cine decoded, masked and resampled once, for inference and for retraining, which never reads DICOM.
CREATE TABLE clip (
    id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
    instance_id bigint NOT NULL REFERENCES instance (id),
    pipeline nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    state nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL CHECK (state IN ('Ready', 'Refused')),
    reason nvarchar(2000) NULL,
    file_key nvarchar(200) COLLATE Latin1_General_100_BIN2 NULL,
    sha256 nvarchar(64) COLLATE Latin1_General_100_BIN2 NULL,
    frames int NULL,
    height int NULL,
    width int NULL,
    duration_ms float NULL,
    created_at datetimeoffset(3) NOT NULL,
    trace_id nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
    UNIQUE (instance_id, pipeline)
);

CREATE TABLE schedule (
    id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
    name nvarchar(200) NOT NULL UNIQUE,
    cron nvarchar(200) NOT NULL,
    time_zone nvarchar(100) NOT NULL,
    enabled bit NOT NULL,
    training_plan nvarchar(max) NOT NULL,
    changed_at datetimeoffset(3) NOT NULL,
    changed_by nvarchar(200) NOT NULL,
    row_version int NOT NULL DEFAULT 0
);

-- A firing of a schedule (unique on schedule and due time), or a run by hand (no schedule). Held by a lease with a fencing token.
CREATE TABLE training_run (
    id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
    schedule_id bigint NULL REFERENCES schedule (id),
    due_at datetimeoffset(3) NOT NULL,
    state nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL CHECK (state IN ('Waiting', 'Running', 'Succeeded', 'Failed', 'Cancelled')),
    training_plan nvarchar(max) NOT NULL,
    lease_owner nvarchar(200) NULL,
    lease_until datetimeoffset(3) NULL,
    fencing_token bigint NOT NULL DEFAULT 0,
    checkpoint_key nvarchar(200) COLLATE Latin1_General_100_BIN2 NULL,
    progress float NULL,
    metrics nvarchar(max) NULL,
    error nvarchar(2000) NULL,
    started_at datetimeoffset(3) NULL,
    finished_at datetimeoffset(3) NULL,
    trace_id nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
    row_version int NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX ux_training_run_due ON training_run (schedule_id, due_at) WHERE schedule_id IS NOT NULL;

CREATE TABLE model (
    id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
    kind nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    name nvarchar(200) NOT NULL,
    version nvarchar(100) NOT NULL,
    weights_sha256 nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    manifest nvarchar(max) NOT NULL,
    folder nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    synthetic bit NOT NULL,
    state nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL CHECK (state IN ('Imported', 'Candidate', 'InService', 'Retired')),
    training_run_id bigint NULL REFERENCES training_run (id),
    imported_at datetimeoffset(3) NOT NULL,
    promoted_at datetimeoffset(3) NULL,
    promoted_by nvarchar(200) NULL,
    retired_at datetimeoffset(3) NULL,
    row_version int NOT NULL DEFAULT 0,
    UNIQUE (kind, weights_sha256)
);
CREATE UNIQUE INDEX ux_model_in_service ON model (kind) WHERE state = 'InService';

-- The first persisted analysis of (version, model) wins. details is what the report is built from, as JSON.
CREATE TABLE analysis (
    id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
    study_version_id bigint NOT NULL REFERENCES study_version (id),
    model_id bigint NOT NULL REFERENCES model (id),
    view_model_id bigint NOT NULL REFERENCES model (id),
    state nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL CHECK (state IN ('Analyzed', 'NotAnalyzed')),
    reason nvarchar(2000) NULL,
    details nvarchar(max) NULL,
    started_at datetimeoffset(3) NOT NULL,
    finished_at datetimeoffset(3) NOT NULL,
    reported_at datetimeoffset(3) NULL,
    hinted_at datetimeoffset(3) NULL,
    trace_id nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
    UNIQUE (study_version_id, model_id),
    CHECK (state = 'Analyzed' OR reason IS NOT NULL)
);
CREATE INDEX ix_analysis_unreported ON analysis (finished_at) WHERE reported_at IS NULL;

-- What the view gate said of one cine, and whether the cine was used; reason says why not.
CREATE TABLE video_view (
    id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
    analysis_id bigint NOT NULL REFERENCES analysis (id),
    instance_id bigint NOT NULL REFERENCES instance (id),
    view_label nvarchar(64) NULL,
    probability float NULL,
    used bit NOT NULL,
    reason nvarchar(2000) NULL,
    UNIQUE (analysis_id, instance_id)
);

-- instance_id is null for the finding of the whole study, else the cine that gave it. probability is null when the model abstained.
CREATE TABLE finding (
    id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
    analysis_id bigint NOT NULL REFERENCES analysis (id),
    instance_id bigint NULL REFERENCES instance (id),
    name nvarchar(200) NOT NULL,
    probability float NULL,
    threshold float NULL,
    outcome nvarchar(16) COLLATE Latin1_General_100_BIN2 NOT NULL CHECK (outcome IN ('Present', 'Absent', 'Abstained'))
);
CREATE INDEX ix_finding_analysis_id ON finding (analysis_id);

CREATE TABLE result_object (
    id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
    analysis_id bigint NOT NULL REFERENCES analysis (id),
    kind nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL CHECK (kind IN ('StructuredReport', 'SaliencyCine', 'TextReport')),
    sop_class_uid nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    sop_instance_uid nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL UNIQUE,
    series_instance_uid nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    file_key nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL UNIQUE,
    sha256 nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    length bigint NOT NULL,
    created_at datetimeoffset(3) NOT NULL,
    trace_id nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL
);
CREATE INDEX ix_result_object_analysis_id ON result_object (analysis_id);
CREATE INDEX ix_result_object_series_instance_uid ON result_object (series_instance_uid);

CREATE TABLE delivery (
    id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
    analysis_id bigint NOT NULL REFERENCES analysis (id),
    destination nvarchar(200) NOT NULL,
    state nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL CHECK (state IN ('Held', 'Waiting', 'Sending', 'Sent', 'CommitmentRequested', 'Confirmed', 'Parked', 'Dropped')),
    attempts int NOT NULL DEFAULT 0,
    next_attempt_at datetimeoffset(3) NULL,
    claimed_by nvarchar(200) NULL,
    claimed_until datetimeoffset(3) NULL,
    sent_at datetimeoffset(3) NULL,
    commitment_transaction_uid nvarchar(64) COLLATE Latin1_General_100_BIN2 NULL,
    commitment_attempts int NOT NULL DEFAULT 0,
    commitment_requested_at datetimeoffset(3) NULL,
    confirmed_at datetimeoffset(3) NULL,
    confirmed_by nvarchar(32) NULL,
    reason nvarchar(2000) NULL,
    created_at datetimeoffset(3) NOT NULL,
    updated_at datetimeoffset(3) NOT NULL,
    hinted_at datetimeoffset(3) NULL,
    trace_id nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL,
    row_version int NOT NULL DEFAULT 0,
    UNIQUE (analysis_id, destination)
);
CREATE UNIQUE INDEX ux_delivery_commitment_transaction_uid ON delivery (commitment_transaction_uid) WHERE commitment_transaction_uid IS NOT NULL;
CREATE INDEX ix_delivery_unfinished ON delivery (next_attempt_at) WHERE state IN ('Waiting', 'Sending', 'Sent', 'CommitmentRequested');
CREATE INDEX ix_delivery_parked ON delivery (updated_at) WHERE state = 'Parked';

-- One result object on its way to one destination, in the order of sending: the saliency cine before the report that points to it.
CREATE TABLE delivery_object (
    delivery_id bigint NOT NULL REFERENCES delivery (id),
    result_object_id bigint NOT NULL REFERENCES result_object (id),
    send_order int NOT NULL,
    status int NULL,
    sent_at datetimeoffset(3) NULL,
    confirmed_at datetimeoffset(3) NULL,
    failure_reason int NULL,
    PRIMARY KEY (delivery_id, result_object_id)
);

-- Every transaction UID that a commitment was ever requested with: reports come late, and after a retry.
CREATE TABLE commitment_request (
    transaction_uid nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
    delivery_id bigint NOT NULL REFERENCES delivery (id),
    requested_at datetimeoffset(3) NOT NULL
);

CREATE TABLE commitment_report (
    id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
    transaction_uid nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL REFERENCES commitment_request (transaction_uid),
    received_at datetimeoffset(3) NOT NULL,
    handled_at datetimeoffset(3) NULL,
    hinted_at datetimeoffset(3) NULL,
    trace_id nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL
);
CREATE INDEX ix_commitment_report_transaction_uid ON commitment_report (transaction_uid);
CREATE INDEX ix_commitment_report_unhandled ON commitment_report (received_at) WHERE handled_at IS NULL;

-- failure_reason is null for a committed object, else the PACS's Failure Reason (0008,1197).
CREATE TABLE commitment_report_object (
    commitment_report_id bigint NOT NULL REFERENCES commitment_report (id),
    sop_class_uid nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    sop_instance_uid nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    failure_reason int NULL,
    PRIMARY KEY (commitment_report_id, sop_instance_uid)
);

-- A reader's word on a study; saw_ai says whether the finding was on the screen when it was given.
CREATE TABLE label (
    id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
    study_id bigint NOT NULL REFERENCES study (id),
    study_version_id bigint NULL REFERENCES study_version (id),
    name nvarchar(200) NOT NULL,
    value nvarchar(400) NOT NULL,
    reader nvarchar(200) NOT NULL,
    source nvarchar(64) NOT NULL,
    saw_ai bit NOT NULL,
    created_at datetimeoffset(3) NOT NULL,
    trace_id nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL
);
CREATE INDEX ix_label_study_id ON label (study_id);
