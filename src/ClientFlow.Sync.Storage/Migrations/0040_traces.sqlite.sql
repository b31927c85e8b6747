-- The trace that a delivery began and that a handoff was called for in (W3C traceparent): it goes on after a restart, and after hours of waiting.
ALTER TABLE inbox ADD COLUMN trace TEXT;
ALTER TABLE handoffs ADD COLUMN trace TEXT;
