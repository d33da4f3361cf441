-- What the worklist is filtered and sorted by, one row a study; computed from the tables that decide, by whoever reads the worklist. The rows themselves are read from those tables.
-- urgency: 3 severe aortic stenosis present, 2 another finding present, 1 needs a person, 0 the rest.
CREATE TABLE worklist_entry (
    study_id    INTEGER  NOT NULL PRIMARY KEY REFERENCES study (id),
    received_at TEXT NOT NULL,
    urgency     INTEGER  NOT NULL,
    state       TEXT  NOT NULL,
    as_outcome  TEXT  NULL,
    lvh_outcome TEXT  NULL,
    sender      TEXT  NOT NULL
) STRICT;
-- Covering: a page and a count never touch the table.
CREATE INDEX ix_worklist_entry_urgency ON worklist_entry (urgency, received_at, study_id, state, as_outcome, lvh_outcome, sender);
CREATE INDEX ix_worklist_entry_received ON worklist_entry (received_at, study_id, urgency, state, as_outcome, lvh_outcome, sender);

-- Studies whose entry is older than the tables: set by the triggers below, taken by whoever brings the entries up to date.
CREATE TABLE worklist_change (
    study_id INTEGER NOT NULL PRIMARY KEY
) STRICT;

-- Every study that a version makes or moves, and every step after it.
CREATE TRIGGER study_version_insert_changes_worklist AFTER INSERT ON study_version BEGIN INSERT OR IGNORE INTO worklist_change (study_id) SELECT NEW.study_id; END;
CREATE TRIGGER study_version_update_changes_worklist AFTER UPDATE OF state, inherits_from_id, analysis_error, analysis_parked_at, last_received_at ON study_version BEGIN INSERT OR IGNORE INTO worklist_change (study_id) SELECT NEW.study_id; END;
CREATE TRIGGER analysis_insert_changes_worklist AFTER INSERT ON analysis BEGIN INSERT OR IGNORE INTO worklist_change (study_id) SELECT (SELECT v.study_id FROM study_version v WHERE v.id = NEW.study_version_id); END;
CREATE TRIGGER analysis_update_changes_worklist AFTER UPDATE OF state ON analysis BEGIN INSERT OR IGNORE INTO worklist_change (study_id) SELECT (SELECT v.study_id FROM study_version v WHERE v.id = NEW.study_version_id); END;
CREATE TRIGGER delivery_insert_changes_worklist AFTER INSERT ON delivery BEGIN INSERT OR IGNORE INTO worklist_change (study_id) SELECT (SELECT v.study_id FROM analysis a JOIN study_version v ON v.id = a.study_version_id WHERE a.id = NEW.analysis_id); END;
CREATE TRIGGER delivery_update_changes_worklist AFTER UPDATE OF state ON delivery BEGIN INSERT OR IGNORE INTO worklist_change (study_id) SELECT (SELECT v.study_id FROM analysis a JOIN study_version v ON v.id = a.study_version_id WHERE a.id = NEW.analysis_id); END;
CREATE TRIGGER withdrawal_insert_changes_worklist AFTER INSERT ON withdrawal BEGIN INSERT OR IGNORE INTO worklist_change (study_id) SELECT (SELECT v.study_id FROM analysis a JOIN study_version v ON v.id = a.study_version_id WHERE a.id = NEW.analysis_id); END;
CREATE TRIGGER withdrawal_update_changes_worklist AFTER UPDATE OF written_at ON withdrawal BEGIN INSERT OR IGNORE INTO worklist_change (study_id) SELECT (SELECT v.study_id FROM analysis a JOIN study_version v ON v.id = a.study_version_id WHERE a.id = NEW.analysis_id); END;
INSERT INTO worklist_change (study_id) SELECT DISTINCT study_id FROM study_version;

-- What a reader types: the beginning of a name, a number or an accession number.
CREATE INDEX ix_study_patient_name ON study (patient_name COLLATE NOCASE);
CREATE INDEX ix_study_patient_id ON study (patient_id COLLATE NOCASE);
CREATE INDEX ix_study_accession_number ON study (accession_number COLLATE NOCASE);
