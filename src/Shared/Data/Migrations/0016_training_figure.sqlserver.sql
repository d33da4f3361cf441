-- How a training run went, as far as its worker told: the curve of a page. A run that goes on from a checkpoint tells a stretch twice, in the same figures; it is kept once.
CREATE TABLE training_figure (
    training_run_id bigint NOT NULL REFERENCES training_run (id),
    progress        float NOT NULL,
    told_at         datetimeoffset(3) NOT NULL,
    figures         nvarchar(max) NOT NULL,
    PRIMARY KEY (training_run_id, progress)
);
