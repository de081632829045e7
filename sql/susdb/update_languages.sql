-- needs: tbRevisionLanguage.RevisionID tbRevisionLanguage.LanguageID tbLanguage.ShortLanguage tbLanguage.LanguageID
SELECT rl.RevisionID, l.ShortLanguage
FROM tbRevisionLanguage rl
JOIN tbLanguage l ON l.LanguageID = rl.LanguageID
ORDER BY rl.RevisionID
