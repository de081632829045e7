-- Approvals of each downstream server beside those of its upstream server, one row for each update and group that either
-- approves. Needs publish --rows approvals (and updates, for the titles). compared is "not known" where the other side's
-- list was not read whole, or its rows were not published: absence proves nothing then.
CREATE VIEW wsusck_rows.approvals AS
SELECT a.parent, a.server, a.update_id, a.group_id, a.group_name,
       (SELECT max(u.title) FROM wsusck_rows.wsus_update AS u
        WHERE u.server IN (a.parent, a.server) AND u.update_id = a.update_id) AS title,
       a.parent_action, a.action, a.parent_deadline, a.deadline,
       CASE WHEN a.parent_action = a.action THEN 'same'
            WHEN a.parent_action IS NOT NULL AND a.action IS NOT NULL THEN 'other action'
            WHEN a.action IS NULL AND c.coverage = 'complete' THEN 'upstream only'
            WHEN a.parent_action IS NULL AND p.coverage = 'complete' THEN 'here only'
            ELSE 'not known' END AS compared,
       p.collected_at AS parent_collected_at, c.collected_at
FROM (
  SELECT e.parent, e.server, x.update_id, x.group_id, max(x.group_name) AS group_name,
         max(CASE WHEN x.server = e.parent THEN x.action END) AS parent_action,
         max(CASE WHEN x.server = e.server THEN x.action END) AS action,
         max(CASE WHEN x.server = e.parent THEN x.deadline END) AS parent_deadline,
         max(CASE WHEN x.server = e.server THEN x.deadline END) AS deadline
  FROM wsusck_rows.edge AS e
  JOIN wsusck_rows.approval AS x ON x.server IN (e.parent, e.server)
  GROUP BY e.parent, e.server, x.update_id, x.group_id
) AS a
LEFT JOIN wsusck_rows.row_set AS p ON p.server = a.parent AND p.kind = 'approvals'
LEFT JOIN wsusck_rows.row_set AS c ON c.server = a.server AND c.kind = 'approvals';
