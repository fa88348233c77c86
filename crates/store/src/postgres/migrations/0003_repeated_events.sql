-- The row in which failures are counted that anybody can cause over and over. A release before this one writes none.
ALTER TABLE event ADD COLUMN IF NOT EXISTS slot text;
-- Outside of the transaction
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS event_by_slot ON event (slot) WHERE slot IS NOT NULL;
