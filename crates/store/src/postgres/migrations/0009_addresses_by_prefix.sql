-- Outside of the transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS known_address_by_prefix ON known_address (prefix);
