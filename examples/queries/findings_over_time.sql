-- Findings of the whole tree at each look.
SELECT looked_at, sum(errors) AS errors, sum(warnings) AS warnings, sum(notes) AS notes, sum(unknown) AS not_looked_at
FROM wsusck_rows.count_history
WHERE whole
GROUP BY looked_at
ORDER BY looked_at;
