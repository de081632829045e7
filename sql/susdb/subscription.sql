-- needs: tbCategoryInSubscription.CategoryID tbCategory.CategoryID tbCategory.CategoryType tbUpdate.LocalUpdateID tbUpdate.UpdateID
SELECT u.UpdateID, c.CategoryType
FROM tbCategoryInSubscription s
JOIN tbCategory c ON c.CategoryID = s.CategoryID
JOIN tbUpdate u ON u.LocalUpdateID = c.CategoryID
ORDER BY u.UpdateID
