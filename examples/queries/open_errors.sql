-- What is wrong now, the longest lasting first.
SELECT first_seen, path, rule, message, coalesce(title, name) AS object, expected, actual, remedy
FROM wsusck_rows.open_findings
WHERE severity = 'error' AND result = 'fail'
ORDER BY first_seen, path, rule, fingerprint, nth;
