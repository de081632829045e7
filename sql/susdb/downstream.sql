-- needs: tbDownstreamServerTarget.TargetID tbDownstreamServerTarget.AccountName tbDownstreamServerTarget.AccountServerID tbDownstreamServerTarget.ParentServerTargetID tbDownstreamServerTarget.LastSyncTime tbDownstreamServerTarget.LastRollupTime tbDownstreamServerTarget.LastDeploymentSyncTime tbDownstreamServerTarget.Version tbDownstreamServerTarget.IsReplica
SELECT d.AccountServerID, d.AccountName, p.AccountServerID AS ParentServerID, d.LastSyncTime, d.LastRollupTime,
       d.LastDeploymentSyncTime, d.Version, d.IsReplica
FROM tbDownstreamServerTarget d
LEFT JOIN tbDownstreamServerTarget p ON p.TargetID = d.ParentServerTargetID
ORDER BY d.AccountName
