-- Marked by whoever sent it: by the title that was called, by who called, or in an object's header. Read before the others.
ALTER TABLE study ADD urgent bit NOT NULL CONSTRAINT df_study_urgent DEFAULT 0;

-- What workers hold now.
CREATE INDEX ix_study_version_claimed ON study_version (claimed_until) WHERE claimed_until IS NOT NULL;
