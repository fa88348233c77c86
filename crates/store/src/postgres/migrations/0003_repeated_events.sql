-- The row in which failures are counted that anybody can cause over and over. A release before this one writes none.
ALTER TABLE event ADD COLUMN slot text;
CREATE UNIQUE INDEX event_by_slot ON event (slot) WHERE slot IS NOT NULL;
