-- 300 updates approved on the upstream server and 250 on the replica: where the difference is (publish --rows approvals).
SELECT parent, server, group_name, compared, count(*) AS approvals
FROM wsusck_rows.approvals
GROUP BY parent, server, group_name, compared
ORDER BY server, group_name, compared;
