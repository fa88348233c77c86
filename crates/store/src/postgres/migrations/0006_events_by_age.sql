-- Old events are found by their date, whatever others a clock that was ahead wrote before them.
CREATE INDEX event_by_age ON event (at);
