-- One-time links by which a subject sets its password: one for each at most.
CREATE TABLE IF NOT EXISTS password_link (
    subject_id uuid PRIMARY KEY REFERENCES subject (id),
    digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    expires_at timestamptz NOT NULL
);
-- Outside of the transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS password_link_by_end ON password_link (expires_at);
