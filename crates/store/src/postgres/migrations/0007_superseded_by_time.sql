-- Outside of the transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS log_entry_by_superseded_at ON log_entry (superseded_at)
    WHERE superseded_at IS NOT NULL;
