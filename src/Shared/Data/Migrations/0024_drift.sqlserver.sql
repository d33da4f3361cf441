-- What reading a cine computed anyway, compact, so that studies that come now can be compared with those that came before. Nothing in it names a patient. scanner is manufacturer and model as
-- the header says; brightness and contrast are of the clip that the view gate read; embedding is the gate's pooled features, 16-bit floats, comparable within one view model only.
CREATE TABLE cine_measure (
    instance_id bigint NOT NULL REFERENCES instance (id),
    view_model_id bigint NOT NULL REFERENCES model (id),
    measured_at datetimeoffset(3) NOT NULL,
    view_label nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    scanner nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    brightness float NOT NULL,
    contrast float NOT NULL,
    sector_shape float NOT NULL,
    picture_share float NOT NULL,
    frame_ms float NOT NULL,
    embedding varbinary(max) NOT NULL,
    PRIMARY KEY (instance_id, view_model_id)
);
CREATE INDEX ix_cine_measure_measured_at ON cine_measure (view_model_id, measured_at);

-- One comparison of the senders' studies with what came before, of whichever process claimed it.
CREATE TABLE drift_check (
    id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
    due_at datetimeoffset(3) NOT NULL UNIQUE,
    claimed_by nvarchar(200) NOT NULL,
    claimed_until datetimeoffset(3) NOT NULL,
    finished_at datetimeoffset(3) NULL
);

-- One measure of one sender. effect and p_value are null where there was too little to compare, and detail says so.
CREATE TABLE drift_result (
    check_id bigint NOT NULL REFERENCES drift_check (id),
    sender nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    measure nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    reference_studies int NOT NULL,
    current_studies int NOT NULL,
    effect float NULL,
    p_value float NULL,
    changed bit NOT NULL,
    detail nvarchar(1000) NOT NULL,
    PRIMARY KEY (check_id, sender, measure)
);
