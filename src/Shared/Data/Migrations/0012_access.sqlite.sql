-- People who may use the portal. name is lower case. roles: names of the C# enum, parted by commas. password_hash is null until the person has chosen a password by a link.
CREATE TABLE portal_user (
    id              INTEGER NOT NULL PRIMARY KEY,
    name            TEXT    NOT NULL UNIQUE,
    roles           TEXT    NOT NULL,
    password_hash   TEXT    NULL,
    failed_sign_ins INTEGER NOT NULL DEFAULT 0,
    locked_until    TEXT    NULL,
    disabled_at     TEXT    NULL,
    blind           INTEGER NOT NULL DEFAULT 0 CHECK (blind IN (0, 1)),
    created_at      TEXT    NOT NULL,
    created_by      TEXT    NOT NULL
) STRICT;

-- Who is signed in. The cookie holds the token, this table its hash only; so do the two after it.
CREATE TABLE portal_session (
    token_sha256 TEXT    NOT NULL PRIMARY KEY,
    user_id      INTEGER NOT NULL REFERENCES portal_user (id),
    created_at   TEXT    NOT NULL,
    last_seen_at TEXT    NOT NULL
) STRICT;
CREATE INDEX ix_portal_session_user_id ON portal_session (user_id);

CREATE TABLE sign_in_link (
    token_sha256 TEXT    NOT NULL PRIMARY KEY,
    user_id      INTEGER NOT NULL REFERENCES portal_user (id),
    purpose      TEXT    NOT NULL CHECK (purpose IN ('ChoosePassword', 'SignIn')),
    created_at   TEXT    NOT NULL,
    expires_at   TEXT    NOT NULL,
    used_at      TEXT    NULL
) STRICT;

-- scopes: names of roles that the token carries, never more than its owner has when it is used.
CREATE TABLE api_token (
    id           INTEGER NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL UNIQUE,
    token_sha256 TEXT    NOT NULL UNIQUE,
    user_id      INTEGER NOT NULL REFERENCES portal_user (id),
    scopes       TEXT    NOT NULL,
    created_at   TEXT    NOT NULL,
    expires_at   TEXT    NULL,
    revoked_at   TEXT    NULL,
    last_used_at TEXT    NULL
) STRICT;

-- Keys that sign the portal's forms (ASP.NET Core Data Protection), here so that every portal process knows them and a restart keeps open pages usable.
CREATE TABLE form_key (
    id         INTEGER NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    xml        TEXT    NOT NULL,
    created_at TEXT    NOT NULL
) STRICT;
