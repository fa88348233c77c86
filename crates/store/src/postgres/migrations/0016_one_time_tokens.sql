-- Nodes of the release before find no link in their tables any more, and cannot write one: until they are upgraded they answer an attempt
-- with an error. What deletes from these tables goes on working. A later release drops them.
ALTER TABLE setup_link ADD CONSTRAINT setup_link_moved CHECK (false) NOT VALID;
ALTER TABLE password_link ADD CONSTRAINT password_link_moved CHECK (false) NOT VALID;

-- One for each purpose of a subject, and one for each purpose that is about nobody. It is void when its subject has another generation, or
-- has none written down.
CREATE TABLE one_time_token (
    digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    purpose text NOT NULL,
    subject_id uuid REFERENCES subject (id),
    generation bigint CHECK (generation BETWEEN 0 AND 4294967295),
    -- Where it was sent, once there is mail.
    address text,
    expires_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX one_time_token_by_subject ON one_time_token (subject_id, purpose) WHERE subject_id IS NOT NULL;
CREATE UNIQUE INDEX one_time_token_by_purpose ON one_time_token (purpose) WHERE subject_id IS NULL;
CREATE INDEX one_time_token_by_end ON one_time_token (expires_at);

INSERT INTO one_time_token (digest, purpose, expires_at) SELECT digest, 'first-admin', expires_at FROM setup_link;
INSERT INTO one_time_token (digest, purpose, subject_id, generation, expires_at)
    SELECT l.digest, 'password', s.id, s.generation, l.expires_at FROM password_link l JOIN subject s ON s.id = l.subject_id;
DELETE FROM setup_link;
DELETE FROM password_link;
