-- What a PACS said of a study's patient before the report of an analysis was written; the first word stands, so that the report can be written again with the same bytes.
-- Same: the report carries these values. Other: it was parked. Unknown: no usable answer, the report carries what was received.
CREATE TABLE report_patient (
    analysis_id bigint NOT NULL PRIMARY KEY REFERENCES analysis (id),
    ae_title nvarchar(64) NOT NULL,
    asked_at datetimeoffset(3) NOT NULL,
    verdict nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL CHECK (verdict IN ('Same', 'Other', 'Unknown')),
    reason nvarchar(2000) NULL,
    patient_id nvarchar(400) NULL,
    patient_name nvarchar(400) NULL,
    patient_birth_date nvarchar(400) NULL,
    patient_sex nvarchar(400) NULL,
    accession_number nvarchar(400) NULL
);
