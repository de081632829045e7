-- needs: tbUpdate.UpdateID tbUpdate.IsHidden
SELECT UpdateID FROM tbUpdate WHERE IsHidden = 1 ORDER BY UpdateID
