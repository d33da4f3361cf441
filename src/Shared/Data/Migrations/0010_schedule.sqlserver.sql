-- What a firing asks before it becomes a run. decided_until: every time the schedule was due up to here has been decided; null means since it was changed.
ALTER TABLE schedule ADD misfire nvarchar(32) COLLATE Latin1_General_100_BIN2 NOT NULL DEFAULT 'RunOnce' CHECK (misfire IN ('RunOnce', 'Skip'));
ALTER TABLE schedule ADD min_new_cines int NOT NULL DEFAULT 0;
ALTER TABLE schedule ADD quiet nvarchar(32) NULL;
ALTER TABLE schedule ADD decided_until datetimeoffset(3) NULL;
