-- What was repaired, the latest first.
SELECT closed_at, first_seen, server, rule, severity, message, coalesce(title, name) AS object
FROM wsusck_rows.finding
WHERE closed_at IS NOT NULL
ORDER BY closed_at DESC, server, rule, fingerprint, nth, episode;
