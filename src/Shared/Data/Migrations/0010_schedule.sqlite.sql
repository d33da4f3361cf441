-- What a firing asks before it becomes a run. decided_until: every time the schedule was due up to here has been decided; null means since it was changed.
ALTER TABLE schedule ADD COLUMN misfire TEXT NOT NULL DEFAULT 'RunOnce' CHECK (misfire IN ('RunOnce', 'Skip'));
ALTER TABLE schedule ADD COLUMN min_new_cines INTEGER NOT NULL DEFAULT 0;
ALTER TABLE schedule ADD COLUMN quiet TEXT NULL;
ALTER TABLE schedule ADD COLUMN decided_until TEXT NULL;
