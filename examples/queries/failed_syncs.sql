-- Synchronizations that did not succeed, the latest first.
SELECT started, server, result, started_by, error, error_text, update_errors
FROM wsusck_rows.sync_run
WHERE result <> 'succeeded'
ORDER BY started DESC, server;
