-- The updates behind that difference, by title (publish --rows updates,approvals).
SELECT server, group_name, title, update_id, parent_action, parent_deadline
FROM wsusck_rows.approvals
WHERE compared = 'upstream only'
ORDER BY server, group_name, title, update_id;
