-- needs: tbKBArticleForRevision.RevisionID tbKBArticleForRevision.KBArticleID
SELECT RevisionID, KBArticleID FROM tbKBArticleForRevision ORDER BY RevisionID
