-- One for each purpose of a subject, and one for each purpose that is about nobody. It is void when its subject has another generation, or
-- has none written down.
CREATE TABLE one_time_token (
    digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
    purpose TEXT NOT NULL,
    subject_id BLOB REFERENCES subject (id),
    generation INTEGER CHECK (generation BETWEEN 0 AND 4294967295),
    -- Where it was sent, once there is mail.
    address TEXT,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX one_time_token_by_subject ON one_time_token (subject_id, purpose) WHERE subject_id IS NOT NULL;
CREATE UNIQUE INDEX one_time_token_by_purpose ON one_time_token (purpose) WHERE subject_id IS NULL;
CREATE INDEX one_time_token_by_end ON one_time_token (expires_at);

INSERT INTO one_time_token (digest, purpose, expires_at) SELECT digest, 'first-admin', expires_at FROM setup_link;
INSERT INTO one_time_token (digest, purpose, subject_id, generation, expires_at)
    SELECT l.digest, 'password', s.id, s.generation, l.expires_at FROM password_link l JOIN subject s ON s.id = l.subject_id;
DROP TABLE setup_link;
DROP TABLE password_link;
