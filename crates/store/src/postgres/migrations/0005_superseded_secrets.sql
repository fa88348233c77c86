-- A secret that another has taken the place of is good for some seconds more, and leads to that other one.
ALTER TABLE log_entry
    ADD COLUMN IF NOT EXISTS successor bytea,
    ADD COLUMN IF NOT EXISTS superseded_at timestamptz,
    ADD COLUMN IF NOT EXISTS roles_version bigint;
ALTER TABLE log_entry DROP CONSTRAINT IF EXISTS log_entry_successor_check;
ALTER TABLE log_entry ADD CONSTRAINT log_entry_successor_check CHECK (octet_length(successor) = 32) NOT VALID;
-- Outside of the transaction
ALTER TABLE log_entry VALIDATE CONSTRAINT log_entry_successor_check;
CREATE INDEX CONCURRENTLY IF NOT EXISTS log_entry_by_successor ON log_entry (successor) WHERE successor IS NOT NULL;
