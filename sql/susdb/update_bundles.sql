-- needs: tbBundleDependency.RevisionID tbBundleDependency.BundledRevisionID tbRevision.RevisionNumber tbUpdate.UpdateID tbRevision.RevisionID tbUpdate.LocalUpdateID tbRevision.LocalUpdateID
SELECT b.RevisionID, u.UpdateID, r.RevisionNumber
FROM tbBundleDependency b
JOIN tbRevision r ON r.RevisionID = b.BundledRevisionID
JOIN tbUpdate u ON u.LocalUpdateID = r.LocalUpdateID
ORDER BY b.RevisionID
