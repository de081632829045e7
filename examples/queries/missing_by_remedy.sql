-- Updates that one side of an edge lacks, by what to do.
SELECT parent, server, severity, remedy, updates, first_seen
FROM wsusck_rows.missing_updates
ORDER BY updates DESC, server, rule;
