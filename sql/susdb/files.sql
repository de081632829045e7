-- needs: tbFileOnServer.FileDigest tbFileOnServer.ActualState tbStateMachineState.StateID tbStateMachineState.StateName
SELECT f.FileDigest, s.StateName
FROM tbFileOnServer f
LEFT JOIN tbStateMachineState s ON s.StateID = f.ActualState
ORDER BY f.FileDigest
