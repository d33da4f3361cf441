-- For what is asked every minute and at every page: as fast over a hospital's years as on its first day.
-- When a version got its analysis, empty while one is owed; the trigger keeps it. What still waits is an index of its own, and not a search through all that is done.
ALTER TABLE study_version ADD analyzed_at datetimeoffset(3) NULL;
-- Each in a batch of its own: the column is not there yet when this one is compiled. The worklist is not concerned.
EXEC('DISABLE TRIGGER study_version_changes_worklist ON study_version;');
EXEC('UPDATE study_version SET analyzed_at = (SELECT MIN(a.finished_at) FROM analysis a WHERE a.study_version_id = study_version.id) WHERE reanalysis_requested_at IS NULL;');
EXEC('ENABLE TRIGGER study_version_changes_worklist ON study_version;');
EXEC('CREATE TRIGGER analysis_marks_version ON analysis AFTER INSERT AS SET NOCOUNT ON;
UPDATE v SET analyzed_at = i.finished_at FROM study_version v JOIN inserted i ON i.study_version_id = v.id WHERE v.analyzed_at IS NULL;');
EXEC('CREATE INDEX ix_study_version_unanalyzed ON study_version (completed_at, id) WHERE analyzed_at IS NULL AND inherits_from_id IS NULL AND analysis_parked_at IS NULL;');
CREATE INDEX ix_study_version_parked ON study_version (analysis_parked_at) WHERE analysis_parked_at IS NOT NULL;

-- Which studies still have pixels, and how many bytes: of one retention period, not of all years.
CREATE INDEX ix_instance_kept ON instance (study_id, dataset_offset, dataset_length) WHERE file_key IS NOT NULL;
CREATE INDEX ix_result_object_kept ON result_object (length) WHERE expired_at IS NULL;

CREATE INDEX ix_worklist_entry_sender ON worklist_entry (sender);
