-- A person asked that the model in service reads a version which an earlier one has read; empty again once it has.
ALTER TABLE study_version ADD reanalysis_requested_at datetimeoffset(3) NULL;
ALTER TABLE study_version ADD reanalysis_requested_by nvarchar(200) NULL;
