-- needs: tbTargetGroup.TargetGroupID tbTargetGroup.Name tbTargetGroup.ParentGroupID
SELECT TargetGroupID, Name, ParentGroupID FROM tbTargetGroup ORDER BY TargetGroupID
