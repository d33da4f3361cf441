-- What learning asks of a clip, none of it naming a patient. patient_key and study_key are keyed hashes (site.key in the data folder); view_scores is JSON, class to probability.
ALTER TABLE clip ADD COLUMN length INTEGER NULL;
ALTER TABLE clip ADD COLUMN patient_key TEXT NULL;
ALTER TABLE clip ADD COLUMN study_key TEXT NULL;
ALTER TABLE clip ADD COLUMN timing TEXT NULL;
ALTER TABLE clip ADD COLUMN view_label TEXT NULL;
ALTER TABLE clip ADD COLUMN view_probability REAL NULL;
ALTER TABLE clip ADD COLUMN view_scores TEXT NULL;
ALTER TABLE clip ADD COLUMN view_model_sha256 TEXT NULL;
CREATE INDEX ix_clip_patient_key ON clip (patient_key);
CREATE INDEX ix_clip_created_at ON clip (created_at) WHERE state = 'Ready';

-- Patients whose cines are not learned from.
CREATE TABLE clip_opt_out (
    patient_key TEXT NOT NULL PRIMARY KEY,
    opted_at    TEXT NOT NULL,
    opted_by    TEXT NOT NULL
) STRICT;

-- The fingerprint of the key behind the keyed hashes: with another key every patient would be somebody else, and might change sides between training and test.
CREATE TABLE site_key (
    fingerprint TEXT NOT NULL PRIMARY KEY,
    made_at     TEXT NOT NULL
) STRICT;
