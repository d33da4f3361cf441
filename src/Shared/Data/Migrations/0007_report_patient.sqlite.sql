-- What a PACS said of a study's patient before the report of an analysis was written; the first word stands, so that the report can be written again with the same bytes.
-- Same: the report carries these values. Other: it was parked. Unknown: no usable answer, the report carries what was received.
CREATE TABLE report_patient (
    analysis_id        INTEGER NOT NULL PRIMARY KEY REFERENCES analysis (id),
    ae_title           TEXT    NOT NULL,
    asked_at           TEXT    NOT NULL,
    verdict            TEXT    NOT NULL CHECK (verdict IN ('Same', 'Other', 'Unknown')),
    reason             TEXT    NULL,
    patient_id         TEXT    NULL,
    patient_name       TEXT    NULL,
    patient_birth_date TEXT    NULL,
    patient_sex        TEXT    NULL,
    accession_number   TEXT    NULL
) STRICT;
