-- Each downstream server beside its upstream server: counts of both, whether they hold the same (NULL: one of them was
-- not read whole), and the findings that say how they differ. Waived findings, and what could not be looked at, are in
-- columns of their own.
CREATE VIEW wsusck_rows.drift AS
SELECT e.parent, e.server, e.mode, e.depth,
       p.updates AS parent_updates, c.updates,
       p.approvals AS parent_approvals, c.approvals,
       p.declined AS parent_declined, c.declined,
       e.lists_equal, e.groups_equal,
       coalesce(f.missing_updates, 0) AS missing_updates,
       coalesce(f.pending_updates, 0) AS pending_updates,
       coalesce(f.updates_gone_upstream, 0) AS updates_gone_upstream,
       coalesce(f.revisions_differ, 0) AS revisions_differ,
       coalesce(f.declines_differ, 0) AS declines_differ,
       coalesce(f.approvals_differ, 0) AS approvals_differ,
       coalesce(f.groups_differ, 0) AS groups_differ,
       coalesce(f.not_looked_at, 0) AS not_looked_at,
       coalesce(f.waived, 0) AS waived,
       e.parent_collected_at, e.collected_at
FROM wsusck_rows.edge AS e
JOIN wsusck_rows.server AS c ON c.server = e.server
LEFT JOIN wsusck_rows.server AS p ON p.server = e.parent
LEFT JOIN (
  SELECT server,
         sum(CASE WHEN result = 'fail' AND rule = 'WCK3001' THEN 1 ELSE 0 END) AS missing_updates,
         sum(CASE WHEN result = 'fail' AND rule IN ('WCK3002', 'WCK3012') THEN 1 ELSE 0 END) AS pending_updates,
         sum(CASE WHEN result = 'fail' AND rule IN ('WCK3010', 'WCK3011', 'WCK3013') THEN 1 ELSE 0 END)
           AS updates_gone_upstream,
         sum(CASE WHEN result = 'fail' AND rule BETWEEN 'WCK3020' AND 'WCK3023' THEN 1 ELSE 0 END) AS revisions_differ,
         sum(CASE WHEN result = 'fail' AND rule IN ('WCK3030', 'WCK3031') THEN 1 ELSE 0 END) AS declines_differ,
         sum(CASE WHEN result = 'fail' AND rule BETWEEN 'WCK4001' AND 'WCK4012' THEN 1 ELSE 0 END) AS approvals_differ,
         sum(CASE WHEN result = 'fail' AND rule BETWEEN 'WCK4020' AND 'WCK4024' THEN 1 ELSE 0 END) AS groups_differ,
         sum(CASE WHEN result = 'unknown' THEN 1 ELSE 0 END) AS not_looked_at,
         sum(CASE WHEN result = 'waived' THEN 1 ELSE 0 END) AS waived
  FROM wsusck_rows.finding WHERE closed_at IS NULL GROUP BY server
) AS f ON f.server = e.server;
