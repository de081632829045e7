-- How many findings of each rule are open, on how many servers.
SELECT rule, severity, message, count(*) AS findings, count(DISTINCT server) AS servers, min(first_seen) AS since
FROM wsusck_rows.open_findings
WHERE result = 'fail'
GROUP BY rule, severity, message
ORDER BY findings DESC, rule;
