-- What came and went between looks.
SELECT server, looked_at, updates, updates_change, approvals, approvals_change, declined, declined_change
FROM wsusck_rows.growth
ORDER BY server, looked_at;
