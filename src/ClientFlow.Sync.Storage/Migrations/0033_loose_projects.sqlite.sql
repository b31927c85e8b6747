-- Projects that no deal has, kept apart: adoption looks at them alone, however many projects there are.
ALTER TABLE records ADD COLUMN loose INTEGER;
UPDATE records SET loose = 1 WHERE scope GLOB '*:project' AND NOT EXISTS (
    SELECT 1 FROM links l WHERE l.workspace = records.workspace AND l.to_ref = records.ref AND l.role = 'Project');
CREATE INDEX records_loose ON records (workspace, scope, ref) WHERE loose = 1;
