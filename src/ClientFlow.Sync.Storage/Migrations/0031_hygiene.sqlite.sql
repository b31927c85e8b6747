-- Deliveries that nobody could read are listed, and put back by a person.
CREATE INDEX inbox_dead ON inbox (workspace, id) WHERE state = 'Dead';

-- What the journal says of single records goes with their changes; what it says of handoffs stays for good.
CREATE INDEX journal_passing ON journal (workspace, at) WHERE event IN ('mirror.record.changed', 'mirror.record.deleted');
