-- An experiment on phantoms. What decides its cells' results is fixed here when it is begun: the plan (JSON), the hash of the phantoms' hardness, the hash of the clips.
-- subjects is JSON, the test patients with their truth, in the order that the cells' scores have.
CREATE TABLE experiment (
    id bigint IDENTITY(1,1) NOT NULL PRIMARY KEY,
    kind nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    name nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    experiment_plan nvarchar(max) NOT NULL,
    phantom_sha256 nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    cohort_sha256 nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    subjects nvarchar(max) NOT NULL,
    begun_at datetimeoffset(3) NOT NULL,
    UNIQUE (kind, name)
);

-- What an arm pretrained: a training run, which goes on from its checkpoints.
CREATE TABLE experiment_encoder (
    experiment_id bigint NOT NULL REFERENCES experiment (id),
    arm nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    seed bigint NOT NULL,
    training_run_id bigint NOT NULL REFERENCES training_run (id),
    PRIMARY KEY (experiment_id, arm, seed)
);

-- One fine-tuning that is done. scores is JSON, a row of probabilities for each subject; null where another learning rate of the same cell had a lower validation loss before.
CREATE TABLE experiment_cell (
    experiment_id bigint NOT NULL REFERENCES experiment (id),
    arm nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    budget float NOT NULL,
    pretraining_seed bigint NOT NULL,
    seed bigint NOT NULL,
    learning_rate float NOT NULL,
    validation_loss float NOT NULL,
    scores nvarchar(max) NULL,
    environment nvarchar(400) NOT NULL,
    seconds float NOT NULL,
    finished_at datetimeoffset(3) NOT NULL,
    PRIMARY KEY (experiment_id, arm, budget, pretraining_seed, seed, learning_rate)
);
