-- A person asked that the model in service reads a version which an earlier one has read; empty again once it has.
ALTER TABLE study_version ADD COLUMN reanalysis_requested_at TEXT NULL;
ALTER TABLE study_version ADD COLUMN reanalysis_requested_by TEXT NULL;
