-- People who may use the portal. name is lower case. roles: names of the C# enum, parted by commas. password_hash is null until the person has chosen a password by a link.
CREATE TABLE portal_user (
    id              bigint            NOT NULL IDENTITY PRIMARY KEY,
    name            nvarchar(100)     NOT NULL UNIQUE,
    roles           nvarchar(100)     NOT NULL,
    password_hash   nvarchar(200)     NULL,
    failed_sign_ins int               NOT NULL DEFAULT 0,
    locked_until    datetimeoffset(3) NULL,
    disabled_at     datetimeoffset(3) NULL,
    blind           bit               NOT NULL DEFAULT 0,
    created_at      datetimeoffset(3) NOT NULL,
    created_by      nvarchar(200)     NOT NULL
);

-- Who is signed in. The cookie holds the token, this table its hash only; so do the two after it.
CREATE TABLE portal_session (
    token_sha256 nvarchar(64)      NOT NULL PRIMARY KEY,
    user_id      bigint            NOT NULL REFERENCES portal_user (id),
    created_at   datetimeoffset(3) NOT NULL,
    last_seen_at datetimeoffset(3) NOT NULL
);
CREATE INDEX ix_portal_session_user_id ON portal_session (user_id);

CREATE TABLE sign_in_link (
    token_sha256 nvarchar(64)      NOT NULL PRIMARY KEY,
    user_id      bigint            NOT NULL REFERENCES portal_user (id),
    purpose      nvarchar(20)      NOT NULL CHECK (purpose IN ('ChoosePassword', 'SignIn')),
    created_at   datetimeoffset(3) NOT NULL,
    expires_at   datetimeoffset(3) NOT NULL,
    used_at      datetimeoffset(3) NULL
);

-- scopes: names of roles that the token carries, never more than its owner has when it is used.
CREATE TABLE api_token (
    id           bigint            NOT NULL IDENTITY PRIMARY KEY,
    name         nvarchar(100)     NOT NULL UNIQUE,
    token_sha256 nvarchar(64)      NOT NULL UNIQUE,
    user_id      bigint            NOT NULL REFERENCES portal_user (id),
    scopes       nvarchar(100)     NOT NULL,
    created_at   datetimeoffset(3) NOT NULL,
    expires_at   datetimeoffset(3) NULL,
    revoked_at   datetimeoffset(3) NULL,
    last_used_at datetimeoffset(3) NULL
);

-- Keys that sign the portal's forms (ASP.NET Core Data Protection), here so that every portal process knows them and a restart keeps open pages usable.
CREATE TABLE form_key (
    id         bigint            NOT NULL IDENTITY PRIMARY KEY,
    name       nvarchar(200)     NOT NULL,
    xml        nvarchar(max)     NOT NULL,
    created_at datetimeoffset(3) NOT NULL
);
