-- The sweep of orphans asks by file, as it does of objects and results.
CREATE UNIQUE INDEX ux_clip_file_key ON clip (file_key) WHERE file_key IS NOT NULL;
