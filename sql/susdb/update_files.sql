-- needs: tbFileForRevision.RevisionID tbFileForRevision.FileDigest tbFile.FileName tbFile.Size tbFile.FileDigest
SELECT fr.RevisionID, fr.FileDigest, f.FileName, f.Size
FROM tbFileForRevision fr
JOIN tbFile f ON f.FileDigest = fr.FileDigest
ORDER BY fr.RevisionID
