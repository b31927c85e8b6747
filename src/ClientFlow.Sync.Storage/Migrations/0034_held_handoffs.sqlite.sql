-- What waits for a person, however much waits for facts beside it.
CREATE INDEX handoffs_held ON handoffs (workspace, planned_at) WHERE state = 'Waiting' AND hold IN ('Approval', 'Limit', 'Question');
