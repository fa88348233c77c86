-- Old events are found by their date, whatever others a clock that was ahead wrote before them.
-- Outside of the transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS event_by_age ON event (at);
