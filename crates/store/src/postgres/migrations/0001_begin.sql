-- Everything that admit keeps. Times have their zone; ids are version 7 UUIDs; digests are SHA-256.

CREATE TABLE subject (
    id uuid PRIMARY KEY,
    username text NOT NULL,
    -- Compared and sorted byte by byte, whatever the database's language is.
    username_canonical text COLLATE "C" NOT NULL UNIQUE,
    status text NOT NULL CHECK (status IN ('active', 'disabled')),
    generation bigint NOT NULL CHECK (generation BETWEEN 0 AND 4294967295),
    roles_version bigint NOT NULL CHECK (roles_version BETWEEN 0 AND 4294967295),
    -- The last entry of its shard's log that changed it.
    version bigint NOT NULL DEFAULT 0 CHECK (version >= 0),
    created_at timestamptz NOT NULL,
    last_login_at timestamptz,
    -- When its last access token ends.
    token_until timestamptz
) WITH (fillfactor = 80);

CREATE TABLE password (
    subject_id uuid PRIMARY KEY REFERENCES subject (id),
    phc text NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE TABLE subject_role (
    subject_id uuid NOT NULL REFERENCES subject (id),
    role text COLLATE "C" NOT NULL CHECK (role ~ '^[a-z0-9_-]{1,64}$'),
    PRIMARY KEY (subject_id, role)
);
CREATE INDEX subject_role_by_role ON subject_role (role);

-- Empty where sessions are kept in another store.
CREATE TABLE session (
    digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    id uuid NOT NULL,
    subject_id uuid NOT NULL REFERENCES subject (id),
    generation bigint NOT NULL,
    roles_version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    absolute_expires_at timestamptz NOT NULL,
    token_until timestamptz,
    user_agent text NOT NULL,
    address text NOT NULL
) WITH (fillfactor = 80);
-- One index serves the list of a subject and the end of one of its sessions by name.
CREATE UNIQUE INDEX session_by_subject ON session (subject_id, id);

-- Sessions of another store that have an access token, so that their end will be told.
CREATE TABLE exchanged_session (
    id uuid PRIMARY KEY,
    subject_id uuid NOT NULL REFERENCES subject (id),
    token_until timestamptz NOT NULL
);
CREATE INDEX exchanged_session_by_end ON exchanged_session (token_until);

CREATE TABLE setup_link (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    expires_at timestamptz NOT NULL
);

CREATE TABLE known_address (
    subject_id uuid NOT NULL REFERENCES subject (id),
    prefix text NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (subject_id, prefix)
);
CREATE INDEX known_address_by_age ON known_address (last_at);

-- No foreign keys: what happened stays written, whatever becomes of those it was about.
CREATE TABLE event (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    actor text NOT NULL,
    subject uuid,
    address text,
    request text,
    detail jsonb NOT NULL
);
CREATE INDEX event_by_subject ON event (subject, seq) WHERE subject IS NOT NULL;
CREATE INDEX event_by_kind ON event (kind, seq);

-- What has ended sessions or changed a subject, numbered in each shard without gaps, in the order of the commits: whoever
-- changes a shard holds its row until the commit. Entries are kept as long as a session that they concern could live.
CREATE TABLE shard (
    id smallint PRIMARY KEY CHECK (id BETWEEN 0 AND 255),
    head bigint NOT NULL DEFAULT 0 CHECK (head >= 0)
) WITH (fillfactor = 20);
INSERT INTO shard (id) SELECT generate_series(0, 255);

CREATE TABLE log_entry (
    shard smallint NOT NULL REFERENCES shard (id),
    seq bigint NOT NULL,
    until timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('subject', 'session', 'secret')),
    subject_id uuid NOT NULL,
    session_id uuid,
    digest bytea CHECK (octet_length(digest) = 32),
    PRIMARY KEY (shard, seq),
    CHECK ((kind = 'session') = (session_id IS NOT NULL)),
    CHECK ((kind = 'secret') = (digest IS NOT NULL))
);
-- A session ends once, a secret is replaced once.
CREATE UNIQUE INDEX log_entry_by_session ON log_entry (session_id) WHERE session_id IS NOT NULL;
CREATE UNIQUE INDEX log_entry_by_digest ON log_entry (digest) WHERE digest IS NOT NULL;
CREATE INDEX log_entry_by_age ON log_entry (until);

CREATE TABLE token_family (
    id uuid PRIMARY KEY,
    subject_id uuid NOT NULL REFERENCES subject (id),
    client text NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    generation bigint NOT NULL CHECK (generation BETWEEN 0 AND 4294967295),
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    absolute_expires_at timestamptz NOT NULL,
    token_until timestamptz NOT NULL,
    user_agent text NOT NULL,
    address text NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX token_family_by_subject ON token_family (subject_id, created_at);
CREATE INDEX token_family_by_use ON token_family (last_used_at);

-- Refresh tokens that were redeemed within the time of grace. Older ones are known by their own tag.
CREATE TABLE spent_refresh (
    digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    family_id uuid NOT NULL REFERENCES token_family (id) ON DELETE CASCADE,
    at timestamptz NOT NULL
);
CREATE INDEX spent_refresh_by_family ON spent_refresh (family_id);
CREATE INDEX spent_refresh_by_age ON spent_refresh (at);

-- What has made tokens dead, as one list without gaps, in the order of the commits.
CREATE TABLE signal_head (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    seq bigint NOT NULL CHECK (seq >= 0)
) WITH (fillfactor = 20);
INSERT INTO signal_head (seq) VALUES (0);

CREATE TABLE signal (
    seq bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    until timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('session', 'subject', 'token', 'key', 'keys')),
    session uuid,
    subject uuid,
    generation bigint,
    why text,
    name text,
    CHECK ((kind = 'session') = (session IS NOT NULL)),
    CHECK ((kind = 'subject') = (subject IS NOT NULL AND generation IS NOT NULL AND why IS NOT NULL)),
    CHECK ((kind IN ('token', 'key')) = (name IS NOT NULL))
);
CREATE INDEX signal_by_until ON signal (until);

CREATE TABLE signing_key (
    kid text PRIMARY KEY,
    algorithm text NOT NULL CHECK (algorithm IN ('EdDSA', 'ES256', 'RS256')),
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    signs_from timestamptz NOT NULL,
    revoked_at timestamptz
);

CREATE TABLE used_assertion (
    client text NOT NULL,
    id text NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (client, id)
);
CREATE INDEX used_assertion_by_age ON used_assertion (until);
