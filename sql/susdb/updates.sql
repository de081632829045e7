-- needs: tbRevision.RevisionID tbRevision.LocalUpdateID tbRevision.RevisionNumber tbUpdate.UpdateID tbUpdate.ImportedTime tbProperty.UpdateType tbProperty.MsrcSeverity tbProperty.CreationDate tbProperty.PublicationState tbProperty.ExplicitlyDeployable tbProperty.EulaID tbProperty.CompatibleProtocolVersion tbPreComputedLocalizedProperty.Title tbUpdate.LocalUpdateID tbProperty.RevisionID tbPreComputedLocalizedProperty.RevisionID tbPreComputedLocalizedProperty.ShortLanguage
SELECT r.RevisionID, u.UpdateID, r.RevisionNumber, p.UpdateType, t.Title, p.MsrcSeverity, p.CreationDate,
       u.ImportedTime, p.PublicationState, p.ExplicitlyDeployable, p.EulaID, p.CompatibleProtocolVersion
FROM tbRevision r
JOIN tbUpdate u ON u.LocalUpdateID = r.LocalUpdateID
JOIN tbProperty p ON p.RevisionID = r.RevisionID
LEFT JOIN tbPreComputedLocalizedProperty t ON t.RevisionID = r.RevisionID AND t.ShortLanguage = 'en'
WHERE p.UpdateType IN ('Software', 'Driver')
ORDER BY r.RevisionID
