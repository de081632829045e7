-- Updates that computers need and that nobody approved or declined there (publish --rows updates,approvals). Only where the
-- lists of the server were read whole: elsewhere nothing is known of approvals that are not listed.
SELECT u.server, u.title, u.kb, u.classification, u.needed_by, u.arrived
FROM wsusck_rows.wsus_update AS u
JOIN wsusck_rows.row_set AS r ON r.server = u.server AND r.kind = 'approvals' AND r.coverage = 'complete'
WHERE u.needed_by > 0 AND NOT u.declined
  AND NOT EXISTS (SELECT 1 FROM wsusck_rows.approval AS a
                  WHERE a.server = u.server AND a.update_id = u.update_id AND a.action = 'install')
ORDER BY u.needed_by DESC, u.server, u.title, u.update_id, u.revision;
