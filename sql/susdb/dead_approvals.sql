-- needs: tbDeadDeployment.UpdateID tbDeadDeployment.RevisionNumber tbDeadDeployment.TargetGroupID tbDeadDeployment.TargetGroupTypeID tbDeadDeployment.ActionID tbDeadDeployment.TimeOfDeath tbDeadDeployment.AdminNameWhoDeleted
SELECT UpdateID, RevisionNumber, TargetGroupID, ActionID, TimeOfDeath, AdminNameWhoDeleted
FROM tbDeadDeployment
WHERE TargetGroupTypeID = 0 AND ActionID IN (0, 1)
ORDER BY TimeOfDeath DESC, UpdateID, TargetGroupID
