-- The calls of confirmed writes go after their time.
CREATE INDEX actions_calls ON actions (workspace, done_at) WHERE state = 'Done' AND frozen IS NOT NULL;
