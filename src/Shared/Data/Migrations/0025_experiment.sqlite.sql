-- An experiment on phantoms. What decides its cells' results is fixed here when it is begun: the plan (JSON), the hash of the phantoms' hardness, the hash of the clips.
-- subjects is JSON, the test patients with their truth, in the order that the cells' scores have.
CREATE TABLE experiment (
    id              INTEGER NOT NULL PRIMARY KEY,
    kind            TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    experiment_plan TEXT    NOT NULL,
    phantom_sha256  TEXT    NOT NULL,
    cohort_sha256   TEXT    NOT NULL,
    subjects        TEXT    NOT NULL,
    begun_at        TEXT    NOT NULL,
    UNIQUE (kind, name)
) STRICT;

-- What an arm pretrained: a training run, which goes on from its checkpoints.
CREATE TABLE experiment_encoder (
    experiment_id   INTEGER NOT NULL REFERENCES experiment (id),
    arm             TEXT    NOT NULL,
    seed            INTEGER NOT NULL,
    training_run_id INTEGER NOT NULL REFERENCES training_run (id),
    PRIMARY KEY (experiment_id, arm, seed)
) STRICT;

-- One fine-tuning that is done. scores is JSON, a row of probabilities for each subject; null where another learning rate of the same cell had a lower validation loss before.
CREATE TABLE experiment_cell (
    experiment_id    INTEGER NOT NULL REFERENCES experiment (id),
    arm              TEXT    NOT NULL,
    budget           REAL    NOT NULL,
    pretraining_seed INTEGER NOT NULL,
    seed             INTEGER NOT NULL,
    learning_rate    REAL    NOT NULL,
    validation_loss  REAL    NOT NULL,
    scores           TEXT    NULL,
    environment      TEXT    NOT NULL,
    seconds          REAL    NOT NULL,
    finished_at      TEXT    NOT NULL,
    PRIMARY KEY (experiment_id, arm, budget, pretraining_seed, seed, learning_rate)
) STRICT;
