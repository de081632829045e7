-- What is not known: sections that were not read, and why; counts of these are NULL.
SELECT s.path, c.section, c.state, c.reason, s.collected_at
FROM wsusck_rows.coverage AS c
JOIN wsusck_rows.server AS s ON s.server = c.server
WHERE c.state <> 'complete' AND c.section NOT IN ('files', 'host')
ORDER BY s.path, c.section;
