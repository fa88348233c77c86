-- The audit log by address, and by time of a person, a kind, an address.
-- Outside of the transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS event_by_address_and_time ON event (address, at, seq) WHERE address IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS event_by_subject_and_time ON event (subject, at, seq) WHERE subject IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS event_by_kind_and_time ON event (kind, at, seq);
