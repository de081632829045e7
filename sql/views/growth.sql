-- Counts at each look, and the change since the look before at that server; NULL: one of the two is not known.
CREATE VIEW wsusck_rows.growth AS
SELECT h.server, h.looked_at, h.collected_at, h.updates, h.approvals, h.declined,
       h.updates - lag(h.updates) OVER (PARTITION BY h.server ORDER BY h.looked_at) AS updates_change,
       h.approvals - lag(h.approvals) OVER (PARTITION BY h.server ORDER BY h.looked_at) AS approvals_change,
       h.declined - lag(h.declined) OVER (PARTITION BY h.server ORDER BY h.looked_at) AS declined_change,
       h.errors, h.warnings, h.notes, h.unknown, h.waived
FROM wsusck_rows.count_history AS h;
