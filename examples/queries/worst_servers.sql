-- The servers with the most errors first, and how old what is known of them is.
SELECT rank, path, mode, errors, warnings, unknown, sections_unknown, last_good_sync, collected_at
FROM wsusck_rows.servers
ORDER BY rank, path;
