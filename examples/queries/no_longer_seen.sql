-- Findings that are open because the last look could not see enough to tell that they are gone.
SELECT path, rule, message, coalesce(title, name) AS object, first_seen, last_seen
FROM wsusck_rows.open_findings
WHERE NOT seen
ORDER BY last_seen, path, rule, fingerprint, nth;
