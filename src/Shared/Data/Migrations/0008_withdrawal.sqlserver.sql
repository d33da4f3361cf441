-- A report that an administrator withdrew, and why. written_at is null until the superseding report is written.
CREATE TABLE withdrawal (
    analysis_id bigint NOT NULL PRIMARY KEY REFERENCES analysis (id),
    withdrawn_at datetimeoffset(3) NOT NULL,
    withdrawn_by nvarchar(200) NOT NULL,
    reason nvarchar(2000) NOT NULL,
    rejection_code nvarchar(16) COLLATE Latin1_General_100_BIN2 NULL,
    written_at datetimeoffset(3) NULL
);

-- What a result object of kind TextReport is for, where it withdraws something.
ALTER TABLE result_object ADD purpose nvarchar(32) COLLATE Latin1_General_100_BIN2 NULL CHECK (purpose IN ('Withdrawal', 'RejectionNote'));

-- Objects that a withdrawal has taken the place of: what was sent of them stays on record, nothing more is sent or asked.
ALTER TABLE delivery_object ADD superseded_at datetimeoffset(3) NULL;

-- Destinations that a person holds: analyse, send nothing. A row stays after its release.
CREATE TABLE destination_hold (
    id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
    destination nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    held_at datetimeoffset(3) NOT NULL,
    held_by nvarchar(200) NOT NULL,
    reason nvarchar(2000) NOT NULL,
    released_at datetimeoffset(3) NULL,
    released_by nvarchar(200) NULL
);
CREATE UNIQUE INDEX ux_destination_hold_now ON destination_hold (destination) WHERE released_at IS NULL;

-- The evidence is named as people know it.
UPDATE delivery SET confirmed_by = 'C-FIND' WHERE confirmed_by = 'Query';
