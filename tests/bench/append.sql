\set stream random(1, 100000)
INSERT INTO events (stream, version, data)
SELECT :stream, coalesce(max(version), 0) + 1, decode(repeat('ab', 250), 'hex') FROM events WHERE stream = :stream
ON CONFLICT DO NOTHING;
