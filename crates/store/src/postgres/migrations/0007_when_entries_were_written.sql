-- How long ago an entry was written, by the one clock that all nodes share; empty in those from before this.
ALTER TABLE log_entry ADD COLUMN written_at timestamptz;
ALTER TABLE log_entry ALTER COLUMN written_at SET DEFAULT clock_timestamp();
CREATE INDEX log_entry_by_superseded_at ON log_entry (superseded_at) WHERE superseded_at IS NOT NULL;
