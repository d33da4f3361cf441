-- How a training run went, as far as its worker told: the curve of a page. A run that goes on from a checkpoint tells a stretch twice, in the same figures; it is kept once.
CREATE TABLE training_figure (
    training_run_id INTEGER NOT NULL REFERENCES training_run (id),
    progress        REAL NOT NULL,
    told_at         TEXT NOT NULL,
    figures         TEXT NOT NULL,
    PRIMARY KEY (training_run_id, progress)
) STRICT;
