-- A secret that another has taken the place of is good for some seconds more, and leads to that other one.
ALTER TABLE log_entry
    ADD COLUMN successor bytea CHECK (octet_length(successor) = 32),
    ADD COLUMN superseded_at timestamptz,
    ADD COLUMN roles_version bigint;
CREATE INDEX log_entry_by_successor ON log_entry (successor) WHERE successor IS NOT NULL;
