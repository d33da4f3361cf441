-- What the worklist is filtered and sorted by, one row a study; computed from the tables that decide, by whoever reads the worklist. The rows themselves are read from those tables.
-- urgency: 3 severe aortic stenosis present, 2 another finding present, 1 needs a person, 0 the rest.
CREATE TABLE worklist_entry (
    study_id    bigint  NOT NULL PRIMARY KEY REFERENCES study (id),
    received_at datetimeoffset(3) NOT NULL,
    urgency     int  NOT NULL,
    state       nvarchar(40)  NOT NULL,
    as_outcome  nvarchar(40)  NULL,
    lvh_outcome nvarchar(40)  NULL,
    sender      nvarchar(40)  NOT NULL
);
-- Covering: a page and a count never touch the table.
CREATE INDEX ix_worklist_entry_urgency ON worklist_entry (urgency, received_at, study_id, state, as_outcome, lvh_outcome, sender);
CREATE INDEX ix_worklist_entry_received ON worklist_entry (received_at, study_id, urgency, state, as_outcome, lvh_outcome, sender);

-- Studies whose entry is older than the tables: set by the triggers below, taken by whoever brings the entries up to date.
CREATE TABLE worklist_change (
    study_id bigint NOT NULL PRIMARY KEY
);

-- Every study that a version makes or moves, and every step after it.
EXEC('CREATE TRIGGER study_version_changes_worklist ON study_version AFTER INSERT, UPDATE AS SET NOCOUNT ON;
INSERT INTO worklist_change (study_id) SELECT DISTINCT i.study_id FROM inserted i WHERE NOT EXISTS (SELECT 1 FROM worklist_change c WITH (UPDLOCK, HOLDLOCK) WHERE c.study_id = i.study_id);');
EXEC('CREATE TRIGGER analysis_changes_worklist ON analysis AFTER INSERT, UPDATE AS SET NOCOUNT ON;
INSERT INTO worklist_change (study_id) SELECT DISTINCT v.study_id FROM inserted i JOIN study_version v ON v.id = i.study_version_id WHERE NOT EXISTS (SELECT 1 FROM worklist_change c WITH (UPDLOCK, HOLDLOCK) WHERE c.study_id = v.study_id);');
EXEC('CREATE TRIGGER delivery_changes_worklist ON delivery AFTER INSERT, UPDATE AS SET NOCOUNT ON;
INSERT INTO worklist_change (study_id) SELECT DISTINCT v.study_id FROM inserted i JOIN analysis a ON a.id = i.analysis_id JOIN study_version v ON v.id = a.study_version_id WHERE NOT EXISTS (SELECT 1 FROM worklist_change c WITH (UPDLOCK, HOLDLOCK) WHERE c.study_id = v.study_id);');
EXEC('CREATE TRIGGER withdrawal_changes_worklist ON withdrawal AFTER INSERT, UPDATE AS SET NOCOUNT ON;
INSERT INTO worklist_change (study_id) SELECT DISTINCT v.study_id FROM inserted i JOIN analysis a ON a.id = i.analysis_id JOIN study_version v ON v.id = a.study_version_id WHERE NOT EXISTS (SELECT 1 FROM worklist_change c WITH (UPDLOCK, HOLDLOCK) WHERE c.study_id = v.study_id);');
INSERT INTO worklist_change (study_id) SELECT DISTINCT study_id FROM study_version;

-- What a reader types: the beginning of a name, a number or an accession number.
CREATE INDEX ix_study_patient_name ON study (patient_name);
CREATE INDEX ix_study_patient_id ON study (patient_id);
CREATE INDEX ix_study_accession_number ON study (accession_number);
