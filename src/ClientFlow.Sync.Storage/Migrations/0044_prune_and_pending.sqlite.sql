-- Deliveries wait by their tool: those of one that is down must not be gone through to find another's.
DROP INDEX inbox_pending;
CREATE INDEX inbox_pending ON inbox (workspace, tool, id) WHERE state = 'New';

-- What the journal says of no handoff goes after its time, whatever it is.
DROP INDEX journal_passing;
CREATE INDEX journal_passing ON journal (workspace, at) WHERE handoff IS NULL;
