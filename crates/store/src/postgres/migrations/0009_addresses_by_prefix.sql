CREATE INDEX known_address_by_prefix ON known_address (prefix);
