-- needs: tbRevisionInCategory.RevisionID tbRevisionInCategory.CategoryID tbRevisionInCategory.Expanded tbCategory.CategoryType tbUpdate.UpdateID tbCategory.CategoryID tbUpdate.LocalUpdateID
SELECT rc.RevisionID, u.UpdateID, c.CategoryType
FROM tbRevisionInCategory rc
JOIN tbCategory c ON c.CategoryID = rc.CategoryID
JOIN tbUpdate u ON u.LocalUpdateID = c.CategoryID
WHERE rc.Expanded = 0
ORDER BY rc.RevisionID
