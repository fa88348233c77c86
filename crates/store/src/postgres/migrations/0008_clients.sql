-- What tokens of a client may say, as a node was last started; nothing for a client that was removed.
CREATE TABLE IF NOT EXISTS client (
    id text PRIMARY KEY,
    rights text,
    generation bigint NOT NULL DEFAULT 0 CHECK (generation >= 0)
);

-- One more kind. A node of the release before that meets one does not follow the list any further, and refuses tokens.
ALTER TABLE signal
    DROP CONSTRAINT IF EXISTS signal_kind_check,
    DROP CONSTRAINT IF EXISTS signal_check2,
    DROP CONSTRAINT IF EXISTS signal_name_check,
    DROP CONSTRAINT IF EXISTS signal_client_check;
ALTER TABLE signal
    ADD CONSTRAINT signal_kind_check CHECK (kind IN ('session', 'subject', 'token', 'key', 'keys', 'client')) NOT VALID,
    ADD CONSTRAINT signal_name_check CHECK ((kind IN ('token', 'key', 'client')) = (name IS NOT NULL)) NOT VALID,
    ADD CONSTRAINT signal_client_check CHECK (kind <> 'client' OR generation IS NOT NULL) NOT VALID;
-- Outside of the transaction
ALTER TABLE signal VALIDATE CONSTRAINT signal_kind_check;
ALTER TABLE signal VALIDATE CONSTRAINT signal_name_check;
ALTER TABLE signal VALIDATE CONSTRAINT signal_client_check;
