-- A transaction that went through thousands of rows could leave a write that was due out of the queue. What is derived is derived anew.
UPDATE actions SET runnable =
    state IN ('Pending', 'Sending', 'Uncertain')
    AND EXISTS (SELECT 1 FROM handoffs h WHERE h.workspace = actions.workspace AND h.id = actions.handoff AND h.state IN ('Ready', 'Sending'))
    AND NOT EXISTS (SELECT 1 FROM actions b WHERE b.workspace = actions.workspace AND b.handoff = actions.handoff AND b.position < actions.position
        AND b.state NOT IN ('Done', 'Withdrawn'))
WHERE state IN ('Pending', 'Sending', 'Uncertain');
