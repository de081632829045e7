-- needs: tbCategory.CategoryID tbCategory.ParentCategoryID tbCategory.CategoryType tbUpdate.UpdateID tbRevision.RevisionNumber tbRevision.IsLatestRevision tbPrecomputedCategoryLocalizedProperty.Title tbUpdate.LocalUpdateID tbRevision.LocalUpdateID tbPrecomputedCategoryLocalizedProperty.CategoryID tbPrecomputedCategoryLocalizedProperty.ShortLanguage
SELECT u.UpdateID, r.RevisionNumber, c.CategoryType, p.UpdateID AS ParentID, t.Title
FROM tbCategory c
JOIN tbUpdate u ON u.LocalUpdateID = c.CategoryID
JOIN tbRevision r ON r.LocalUpdateID = u.LocalUpdateID AND r.IsLatestRevision = 1
LEFT JOIN tbUpdate p ON p.LocalUpdateID = c.ParentCategoryID
LEFT JOIN tbPrecomputedCategoryLocalizedProperty t ON t.CategoryID = c.CategoryID AND t.ShortLanguage = 'en'
ORDER BY u.UpdateID
