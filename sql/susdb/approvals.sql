-- needs: tbDeployment.DeploymentGuid tbDeployment.RevisionID tbDeployment.TargetGroupID tbDeployment.TargetGroupTypeID tbDeployment.ActionID tbDeployment.GoLiveTime tbDeployment.Deadline tbDeployment.AdminName tbDeployment.IsAssigned tbDeployment.Priority tbDeployment.LastChangeTime tbDeployment.DeploymentID tbUpdate.UpdateID tbRevision.RevisionNumber tbRevision.RevisionID tbUpdate.LocalUpdateID tbRevision.LocalUpdateID tbProperty.RevisionID tbProperty.UpdateType
SELECT d.DeploymentGuid, u.UpdateID, r.RevisionNumber, d.TargetGroupID, d.ActionID, d.Deadline, d.GoLiveTime,
       d.LastChangeTime, d.AdminName, d.IsAssigned, d.Priority
FROM tbDeployment d
JOIN tbRevision r ON r.RevisionID = d.RevisionID
JOIN tbUpdate u ON u.LocalUpdateID = r.LocalUpdateID
JOIN tbProperty p ON p.RevisionID = r.RevisionID
WHERE d.TargetGroupTypeID = 0 AND p.UpdateType IN ('Software', 'Driver')
ORDER BY d.DeploymentID
