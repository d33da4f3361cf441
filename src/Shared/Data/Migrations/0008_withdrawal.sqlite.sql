-- A report that an administrator withdrew, and why. written_at is null until the superseding report is written.
CREATE TABLE withdrawal (
    analysis_id    INTEGER NOT NULL PRIMARY KEY REFERENCES analysis (id),
    withdrawn_at   TEXT    NOT NULL,
    withdrawn_by   TEXT    NOT NULL,
    reason         TEXT    NOT NULL,
    rejection_code TEXT    NULL,
    written_at     TEXT    NULL
) STRICT;

-- What a result object of kind TextReport is for, where it withdraws something.
ALTER TABLE result_object ADD COLUMN purpose TEXT NULL CHECK (purpose IN ('Withdrawal', 'RejectionNote'));

-- Objects that a withdrawal has taken the place of: what was sent of them stays on record, nothing more is sent or asked.
ALTER TABLE delivery_object ADD COLUMN superseded_at TEXT NULL;

-- Destinations that a person holds: analyse, send nothing. A row stays after its release.
CREATE TABLE destination_hold (
    id          INTEGER NOT NULL PRIMARY KEY,
    destination TEXT    NOT NULL,
    held_at     TEXT    NOT NULL,
    held_by     TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    released_at TEXT    NULL,
    released_by TEXT    NULL
) STRICT;
CREATE UNIQUE INDEX ux_destination_hold_now ON destination_hold (destination) WHERE released_at IS NULL;

-- The evidence is named as people know it.
UPDATE delivery SET confirmed_by = 'C-FIND' WHERE confirmed_by = 'Query';
