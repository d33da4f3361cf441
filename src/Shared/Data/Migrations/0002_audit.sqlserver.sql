-- The audit trail (PS3.15 A.5): append-only, each message chained to the one before it by its hash.
CREATE TABLE audit_message (
    id              bigint            NOT NULL PRIMARY KEY,
    occurred_at     datetimeoffset(3) NOT NULL,
    event           nvarchar(16)      NOT NULL,
    message         nvarchar(max)     NOT NULL,
    previous_sha256 nvarchar(64)      NOT NULL UNIQUE,
    sha256          nvarchar(64)      NOT NULL UNIQUE
);
CREATE INDEX ix_audit_message_occurred_at ON audit_message (occurred_at);
EXEC('CREATE TRIGGER audit_message_refuse_change ON audit_message INSTEAD OF UPDATE, DELETE AS THROW 50001, ''audit messages are append-only'', 1;');

-- One row: the newest message's id. Its update holds other writers off until the transaction ends; it also tells a tail that was cut off.
CREATE TABLE audit_head (
    id      int    NOT NULL PRIMARY KEY CHECK (id = 1),
    last_id bigint NOT NULL
);
INSERT INTO audit_head (id, last_id) VALUES (1, 0);
EXEC('CREATE TRIGGER audit_head_refuse_back ON audit_head AFTER UPDATE, DELETE AS
IF NOT EXISTS (SELECT 1 FROM inserted i JOIN deleted d ON i.id = d.id AND i.last_id = d.last_id + 1) THROW 50001, ''audit messages are append-only'', 1;');
