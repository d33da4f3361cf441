-- The audit trail (PS3.15 A.5): append-only, each message chained to the one before it by its hash.
CREATE TABLE audit_message (
    id              INTEGER NOT NULL PRIMARY KEY,
    occurred_at     TEXT    NOT NULL,
    event           TEXT    NOT NULL,
    message         TEXT    NOT NULL,
    previous_sha256 TEXT    NOT NULL UNIQUE,
    sha256          TEXT    NOT NULL UNIQUE
) STRICT;
CREATE INDEX ix_audit_message_occurred_at ON audit_message (occurred_at);

CREATE TRIGGER audit_message_refuse_update BEFORE UPDATE ON audit_message BEGIN SELECT RAISE(ABORT, 'audit messages are append-only'); END;
CREATE TRIGGER audit_message_refuse_delete BEFORE DELETE ON audit_message BEGIN SELECT RAISE(ABORT, 'audit messages are append-only'); END;
-- INSERT OR REPLACE deletes without asking the trigger above.
CREATE TRIGGER audit_message_refuse_replace BEFORE INSERT ON audit_message WHEN EXISTS (SELECT 1 FROM audit_message WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'audit messages are append-only'); END;

-- One row: the newest message's id. Its update holds other writers off until the transaction ends; it also tells a tail that was cut off.
CREATE TABLE audit_head (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    last_id INTEGER NOT NULL
) STRICT;
INSERT INTO audit_head (id, last_id) VALUES (1, 0);
CREATE TRIGGER audit_head_refuse_back BEFORE UPDATE ON audit_head WHEN NEW.last_id <> OLD.last_id + 1 BEGIN SELECT RAISE(ABORT, 'audit messages are append-only'); END;
CREATE TRIGGER audit_head_refuse_delete BEFORE DELETE ON audit_head BEGIN SELECT RAISE(ABORT, 'audit messages are append-only'); END;
