-- What of the AI has been on which reader's screen, written before it was shown: an answer given after that is not blind.
CREATE TABLE ai_seen (
    user_id     bigint NOT NULL REFERENCES portal_user (id),
    analysis_id bigint NOT NULL REFERENCES analysis (id),
    seen_at     datetimeoffset(3) NOT NULL,
    PRIMARY KEY (user_id, analysis_id)
);
