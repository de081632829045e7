-- needs: tbEulaAcceptance.EulaID tbEulaAcceptance.AcceptedDate tbEulaAcceptance.AdminName
SELECT EulaID, AcceptedDate, AdminName FROM tbEulaAcceptance ORDER BY EulaID
