-- What learning asks of a clip, none of it naming a patient. patient_key and study_key are keyed hashes (site.key in the data folder); view_scores is JSON, class to probability.
ALTER TABLE clip ADD length bigint NULL;
ALTER TABLE clip ADD patient_key nvarchar(64) COLLATE Latin1_General_100_BIN2 NULL;
ALTER TABLE clip ADD study_key nvarchar(64) COLLATE Latin1_General_100_BIN2 NULL;
ALTER TABLE clip ADD timing nvarchar(32) COLLATE Latin1_General_100_BIN2 NULL;
ALTER TABLE clip ADD view_label nvarchar(64) COLLATE Latin1_General_100_BIN2 NULL;
ALTER TABLE clip ADD view_probability float NULL;
ALTER TABLE clip ADD view_scores nvarchar(2000) NULL;
ALTER TABLE clip ADD view_model_sha256 nvarchar(64) COLLATE Latin1_General_100_BIN2 NULL;
CREATE INDEX ix_clip_patient_key ON clip (patient_key);
CREATE INDEX ix_clip_created_at ON clip (created_at) WHERE state = 'Ready';

-- Patients whose cines are not learned from.
CREATE TABLE clip_opt_out (
    patient_key nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
    opted_at datetimeoffset(3) NOT NULL,
    opted_by nvarchar(200) NOT NULL
);

-- The fingerprint of the key behind the keyed hashes: with another key every patient would be somebody else, and might change sides between training and test.
CREATE TABLE site_key (
    fingerprint nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
    made_at datetimeoffset(3) NOT NULL
);
